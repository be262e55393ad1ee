"""TFLite's fixed-point arithmetic on NumPy int64 arrays that hold int32 values.

Written from the definitions of gemmlowp and of TFLite's quantisation utilities
(RoundingDivideByPOT, SaturatingRoundingDoublingHighMul, MultiplyByQuantizedMultiplier,
exp_on_negative_values, one_over_one_plus_x_for_x_in_0_1); shares nothing with engine/.
"""

import math

import numpy as np

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1


def round_half_away(real):
    return np.where(real < 0, np.ceil(real - 0.5), np.floor(real + 0.5))


def rounding_divide_by_power_of_two(x, exponent):
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


def doubling_high_mul(a, b):
    """(2 * a * b) >> 32, half away from zero, saturated where both are the smallest int32."""
    product = a * b
    nudged = product + np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    # C's division by 2^31 truncates towards zero.
    high = np.where(nudged >= 0, nudged >> 31, -((-nudged) >> 31))
    return np.minimum(high, INT32_MAX)


def as_int32(x):
    """The 32 bits of x as C keeps them in an int32."""
    return ((x + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)


def quantize_multiplier(real):
    """(multiplier, shift) with real = multiplier * 2^(shift - 31)."""
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    fixed = math.floor(fraction * (1 << 31) + 0.5)
    if fixed == 1 << 31:
        fixed, shift = fixed // 2, shift + 1
    return (0, 0) if shift < -31 else (fixed, shift)


def quantize_multipliers(reals):
    """The same of each, as two int64 arrays."""
    pairs = np.array([quantize_multiplier(float(r)) for r in reals], np.int64)
    return pairs[:, 0], pairs[:, 1]


def multiply_double(x, multiplier, shift):
    """Two roundings: high half of the product, then the shift to the right."""
    left, right = np.maximum(shift, 0), np.maximum(-np.asarray(shift), 0)
    shifted = as_int32(x << left)
    return rounding_divide_by_power_of_two(doubling_high_mul(shifted, multiplier), right)


def multiply_single(x, multiplier, shift):
    """One rounding, half towards plus infinity."""
    total = 31 - np.asarray(shift)
    return (x * multiplier + (np.int64(1) << (total - 1))) >> total


def saturating_shift_left(x, bits):
    return np.clip(x << bits, INT32_MIN, INT32_MAX)


# e^(-2^k) for k = -2 .. 4, with 31 fractional bits.
_EXPONENTIALS = [(-2, 1672461947), (-1, 1302514674), (0, 790015084), (1, 290630308),
                 (2, 39332535), (3, 720401), (4, 242)]


def _exp_near_minus_eighth(a):
    """e^a for a in [-1/4, 0): Taylor's series around -1/8; 31 fractional bits."""
    x = a + (1 << 28)
    x2 = doubling_high_mul(x, x)
    x3 = doubling_high_mul(x2, x)
    x4 = doubling_high_mul(x2, x2)
    fourth = rounding_divide_by_power_of_two(x4, 2)
    tail = rounding_divide_by_power_of_two(doubling_high_mul(fourth + x3, 715827883) + x2, 1)
    return 1895147668 + doubling_high_mul(1895147668, x + tail)


def exp_of_negative(a, integer_bits):
    """e^a for a <= 0 with `integer_bits`; the result has 31 fractional bits."""
    fractional_bits = 31 - integer_bits
    quarter = 1 << (fractional_bits - 2)
    reduced = (a & (quarter - 1)) - quarter
    result = _exp_near_minus_eighth(saturating_shift_left(reduced, integer_bits))
    remainder = reduced - a
    for exponent, factor in _EXPONENTIALS:
        if integer_bits > exponent:
            bit = 1 << (fractional_bits + exponent)
            result = np.where(remainder & bit, doubling_high_mul(result, factor), result)
    return np.where(a == 0, INT32_MAX, result)


def _newton(a):
    """2 / (1 + a) for a in [0, 1) with 31 fractional bits: three steps; 29 fractional bits."""
    total = a + INT32_MAX
    half_denominator = np.where(total >= 0, (total + 1) // 2, -((1 - total) // 2))
    x = 1515870810 + doubling_high_mul(half_denominator, -1010580540)
    for _ in range(3):
        error = (1 << 29) - doubling_high_mul(half_denominator, x)
        x = x + saturating_shift_left(doubling_high_mul(x, error), 2)
    return x


def one_over_one_plus(a):
    """1 / (1 + a) for a in [0, 1), both with 31 fractional bits."""
    return saturating_shift_left(_newton(a), 1)


def tanh(a):
    """`a` with 4 integer bits, the result with 31 fractional bits: (1 - e^-2|a|) / (1 + e^-2|a|)."""
    power = exp_of_negative(-np.abs(a), 5)  # twice a: the same bits with one integer bit more
    size = saturating_shift_left(_newton(power) - (1 << 29), 2)
    return np.where(a == 0, 0, np.where(a < 0, -size, size))


def logistic(a):
    """1 / (1 + e^-a), `a` with 4 integer bits, the result with 31 fractional bits."""
    positive = one_over_one_plus(exp_of_negative(-np.abs(a), 4))
    result = np.where(a > 0, positive, INT32_MAX - positive)
    return np.where(a == 0, 1 << 30, result)


def input_radius(integer_bits, left_shift, total_signed_bits=31):
    """The largest |input| that still fits `integer_bits` after the shift."""
    largest = ((1 << integer_bits) - 1) * math.ldexp(1.0, total_signed_bits - integer_bits)
    return math.floor(largest / math.ldexp(1.0, left_shift))


def reciprocal(x, integer_bits):
    """(1 / x's mantissa with 31 fractional bits, bits over one); x > 0 with `integer_bits`."""
    headroom = 32 - np.floor(np.log2(x.astype(np.float64))).astype(np.int64) - 1
    mantissa = ((x << headroom) & 0xFFFFFFFF) - (1 << 31)
    return one_over_one_plus(mantissa), integer_bits - headroom


def saturate16(x):
    return np.clip(x, -(1 << 15), (1 << 15) - 1)


def as_int16_multiplier(multiplier):
    """The upper half of a multiplier, rounded."""
    return (1 << 15) - 1 if multiplier >= INT32_MAX - (1 << 15) else (multiplier + (1 << 15)) >> 16


def doubling_high_mul16(a, b):
    """(2 * a * b) >> 16 of 16-bit numbers, half away from zero, saturated."""
    product = a * b
    nudged = product + np.where(product >= 0, 1 << 14, 1 - (1 << 14))
    return saturate16(np.where(nudged >= 0, nudged >> 15, -((-nudged) >> 15)))


def truncating_high_mul16(a, b):
    """The same, rounded towards zero."""
    product = a * b
    return saturate16(np.where(product >= 0, product >> 15, -((-product) >> 15)))

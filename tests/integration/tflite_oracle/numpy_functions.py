"""The part of numpy_model.py that works on one map, element by element or, as softmax, pixel by pixel."""

import numpy as np

import fixed_point as fp


def clamp_of(activation, tensor):
    """Output range of a fused activation; steps are divided in float, as TFLite does."""
    def quantized(real):
        steps = np.float32(real) / np.float32(tensor.scale)
        return tensor.zero_point + int(fp.round_half_away(np.float64(steps)))

    low, high = -128, 127
    if activation in ("RELU", "RELU6"):
        low = max(low, quantized(0.0))
    if activation == "RELU6":
        high = min(high, quantized(6.0))
    if activation == "RELU_N1_TO_1":
        low, high = max(low, quantized(-1.0)), min(high, quantized(1.0))
    return low, high


def int8(values, clamp=(-128, 127)):
    return np.clip(values, *clamp).astype(np.int8)


class FunctionsOfOneMap:
    """Operators of NumpyModel, which has the tensors: _tensor, _in, _out and mode."""

    def _softmax(self, op):
        x, scale = self._in(op).astype(np.int64), np.float64(self._tensor(op.inputs[0]).scale)
        real = min(np.float64(np.float32(op.options["beta"])) * scale * (1 << 26), 2.0**31 - 1)
        multiplier, shift = fp.quantize_multiplier(real)
        difference = x - x.max(axis=-1, keepdims=True)
        counts = difference >= -fp.input_radius(5, shift)
        # What does not count may overflow: its place is taken by 0.
        rescaled = fp.doubling_high_mul(np.where(counts, difference, 0) << shift, multiplier)
        powers = fp.exp_of_negative(rescaled, 5)
        parts = np.where(counts, fp.rounding_divide_by_power_of_two(powers, 12), 0)
        mantissa, bits = fp.reciprocal(parts.sum(axis=-1, keepdims=True), 12)
        exponent = bits + 31 - 8
        assert exponent.max() <= 31, "TFLite refuses so many equal channels"
        shares = fp.rounding_divide_by_power_of_two(fp.doubling_high_mul(mantissa, powers),
                                                    exponent)
        return int8(np.where(counts, shares - 128, -128))

    def _table(self, op, function):
        """function of the 256 int8 values, looked up."""
        table = function(np.arange(-128, 128, dtype=np.int64)).astype(np.int8)
        return table[self._in(op).astype(np.int64) + 128]

    def _saturating(self, op, curve, bits, zero_point):
        """`curve` of the input with 4 integer bits, in steps of 2^-bits; its ends outside."""
        source = self._tensor(op.inputs[0])
        multiplier, shift = fp.quantize_multiplier(np.float64(source.scale) * (1 << 27))
        radius = fp.input_radius(4, shift)

        def function(q):
            centred = q - source.zero_point
            inside = np.abs(centred) < radius
            fixed = fp.multiply_double(np.where(inside, centred, 0), multiplier, shift)
            value = fp.rounding_divide_by_power_of_two(curve(fixed), 31 - bits)
            return np.where(inside, np.clip(value + zero_point, -128, 127),
                            np.where(centred > 0, 127, -128))

        return self._table(op, function)

    def _logistic(self, op):
        return self._saturating(op, fp.logistic, 8, -128)

    def _tanh(self, op):
        return self._saturating(op, fp.tanh, 7, 0)

    def _hard_swish(self, op):
        """16-bit arithmetic: x * relu6(x + 3) / 6 with x shifted left by 7."""
        source, out = self._tensor(op.inputs[0]), self._out(op)
        fine = np.float32(1 / 128) * np.float32(source.scale)
        multiplier, shift = fp.quantize_multiplier(np.float64(fine / np.float32(out.scale)))
        gate, gate_shift = fp.quantize_multiplier(
            np.float64(fine / (np.float32(3) / np.float32(32768))))
        multiplier, gate = fp.as_int16_multiplier(multiplier), fp.as_int16_multiplier(gate)

        def function(q):
            x = (q - source.zero_point) << 7
            scaled = fp.doubling_high_mul16(x, multiplier)
            opening = fp.saturate16(x << (gate_shift - 1)) if gate_shift > 0 else x
            opening = fp.doubling_high_mul16(opening, gate)
            if gate_shift > 0:
                opening = fp.saturate16(opening << 1)
            elif gate_shift < 0:
                opening = fp.rounding_divide_by_power_of_two(opening, -gate_shift)
            opening = (opening + (1 << 15)) >> 1
            product = fp.truncating_high_mul16(opening, scaled)
            result = fp.rounding_divide_by_power_of_two(product, -shift)
            return np.clip(result + out.zero_point, -128, 127)

        return self._table(op, function)

    def _piecewise(self, op, positive, negative, clamp=(-128, 127)):
        """One multiplier above the zero point and one below."""
        source, out = self._tensor(op.inputs[0]), self._out(op)

        def function(q):
            centred = q - source.zero_point
            above = fp.multiply_double(centred, *fp.quantize_multiplier(positive))
            below = fp.multiply_double(centred, *fp.quantize_multiplier(negative))
            return np.clip(np.where(centred >= 0, above, below) + out.zero_point, *clamp)

        return self._table(op, function)

    def _leaky_relu(self, op):
        ratio = np.float32(self._tensor(op.inputs[0]).scale) / np.float32(self._out(op).scale)
        scaled = np.float32(self._tensor(op.inputs[0]).scale) * np.float32(op.options["alpha"])
        return self._piecewise(op, np.float64(ratio),
                               np.float64(scaled / np.float32(self._out(op).scale)))

    def _relu(self, op):
        source, out = self._tensor(op.inputs[0]), self._out(op)
        precision = np.float32 if self.mode == "tflite" else np.float64
        ratio = np.float64(precision(source.scale) / precision(out.scale))
        return self._piecewise(op, ratio, ratio, clamp_of(op.code, out))

    # TFLite Micro's RELU6 only clamps: it takes it for granted that the quantisation stays the same,
    # and then this is the same. Where it does not, its bytes mean nothing; these do.
    _relu6 = _relu_n1_to_1 = _relu

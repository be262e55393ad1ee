"""TFLite's int8 operators in NumPy: the judge of our interpreter, our generated code and, in mode
"tflite", of itself against ai-edge-litert.

Written from the definition of the operators (TFLite's int8 specification, the reference kernels of
TFLite and TFLite Micro as of 2025); reads the .tflite file by itself and shares nothing with
engine/. Rounding modes: "tflm", double everywhere, as TFLite Micro; "tflite", as the reference
kernels of ai-edge-litert: single for FULLY_CONNECTED, and MUL's and RELU's multipliers divided in
float.

Values carry one leading axis more than the file's: the number of the input in the batch.
Convolutions are products of float matrices: all sums are whole numbers below 2^24 (float32) or
2^53 (float64), so every one is exact in any order.
"""

import math

import numpy as np

import fixed_point as fp
from numpy_functions import FunctionsOfOneMap, clamp_of, int8
from tflite_reader import read_model

MODES = ("tflm", "tflite")


def _divide(a, b):
    """As C divides: towards zero; b > 0."""
    return np.where(a >= 0, a // b, -(-a // b))


def _check_copies(source, out):
    """TFLite's own tolerance where bytes are copied."""
    assert source.zero_point == out.zero_point and abs(source.scale - out.scale) <= 1e-6


def _window(size, kernel, stride, dilation, padding):
    """(outputs, padding before, padding after) of one axis."""
    span = (kernel - 1) * dilation + 1
    if padding == "VALID":
        return (size - span) // stride + 1, 0, 0
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + span - size)
    return outputs, total // 2, total - total // 2


def _taps(x, kernel, stride, dilation, padding, fill):
    """Yields, tap by tap, the value under it of every output: [B, OH, OW, C]."""
    (kh, kw), (sh, sw), (dh, dw) = kernel, stride, dilation
    oh, top, bottom = _window(x.shape[1], kh, sh, dh, padding)
    ow, left, right = _window(x.shape[2], kw, sw, dw, padding)
    if top or bottom or left or right:
        x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    for ky in range(kh):
        for kx in range(kw):
            yield x[:, ky * dh:ky * dh + (oh - 1) * sh + 1:sh,
                    kx * dw:kx * dw + (ow - 1) * sw + 1:sw, :]


class NumpyModel(FunctionsOfOneMap):
    """One .tflite file. run() gives every tensor that is computed at run time."""

    def __init__(self, data):
        self.file = read_model(data)

    def run(self, inputs, mode):
        """inputs: per network input an array [B, *dims]. Returns {tensor index: [B, *dims]}."""
        assert mode in MODES
        self.mode, self.batch = mode, inputs[0].shape[0]
        self.values = dict(zip(self.file.inputs, inputs))
        self.constants = {t.index: t.data for t in self.file.tensors if t.data is not None}
        for operator in self.file.operators:
            self._run_operator(operator)
        return self.values

    # Tensors of the current operator.

    def _tensor(self, index):
        return self.file.tensors[index]

    def _out(self, op):
        return self._tensor(op.outputs[0])

    def _batched(self, index):
        """A computed value, or a constant repeated for every input of the batch."""
        if index in self.values:
            return self.values[index]
        constant = self.constants[index]
        return np.broadcast_to(constant, (self.batch, *constant.shape))

    def _in(self, op, which=0):
        return self._batched(op.inputs[which])

    def _map(self, op):
        """The first operand as [B, H, W, C]: the file's own batch of 1 joins ours."""
        x = self._in(op)
        return x.reshape(-1, *x.shape[2:])

    def _constant(self, op, which):
        return self.constants[op.inputs[which]]

    def _run_operator(self, op):
        at_build_time = op.code == "SHAPE" or all(i in self.constants for i in op.inputs if i >= 0)
        if at_build_time:
            self.constants[op.outputs[0]] = getattr(self, "_shape_" + op.code.lower())(op)
            return
        result = getattr(self, "_" + op.code.lower())(op)
        for index, value in zip(op.outputs, result if isinstance(result, list) else [result]):
            dims = tuple(self._tensor(index).dims)
            if value.shape[1:] != dims:
                # Dimensions left open in the file are -1 or stale: TFLite computes them as well.
                assert value[0].size == math.prod(dims), (op.code, value.shape, dims)
                value = value.reshape(self.batch, *dims)
            self.values[index] = value

    # Shape arithmetic: values without a batch.

    def _shape_shape(self, op):
        return np.array(self._tensor(op.inputs[0]).dims, np.int32)

    def _shape_strided_slice(self, op):
        value, begin, end, step = (self._constant(op, i) for i in range(4))
        options = op.options
        assert value.ndim == 1 and not options["ellipsis_mask"] and not options["new_axis_mask"]
        first = None if options["begin_mask"] & 1 else int(begin[0])
        last = None if options["end_mask"] & 1 else int(end[0])
        if options["shrink_axis_mask"] & 1:
            return value[first]
        return value[first:last:int(step[0])]

    def _shape_pack(self, op):
        return np.stack([self._constant(op, i) for i in range(len(op.inputs))],
                        op.options["axis"])

    # Sums of products.

    def _requantize(self, op, sums, scales, multiply):
        """Accumulators [..., channels] -> int8; scales: one per channel or one."""
        source, out = self._tensor(op.inputs[0]), self._out(op)
        reals = np.float64(source.scale) * scales.astype(np.float64) / np.float64(out.scale)
        return self._scale(op, sums, *fp.quantize_multipliers(reals), multiply)

    def _scale(self, op, sums, multiplier, shift, multiply):
        out = self._out(op)
        assert np.abs(sums).max(initial=0) <= fp.INT32_MAX, "an accumulator leaves int32"
        scaled = multiply(sums, multiplier, shift)
        return int8(scaled + out.zero_point, clamp_of(op.options["activation"], out))

    def _bias(self, op, channels):
        if len(op.inputs) < 3 or op.inputs[2] < 0:
            return np.zeros(channels, np.int64)
        return self._constant(op, 2).reshape(-1).astype(np.int64)

    @staticmethod
    def _product(rows, weights):
        """[n, K] x [O, K] -> int64 [n, O], exactly; |rows| <= 255."""
        largest = np.abs(weights.astype(np.int64)).sum(axis=1).max(initial=0) * 255
        exact = np.float32 if largest < 1 << 24 else np.float64
        assert largest < 1 << 53
        return (rows.astype(exact) @ weights.astype(exact).T).astype(np.int64)

    def _conv_2d(self, op):
        x, weights, o = self._map(op), self._constant(op, 1), op.options
        channels, kh, kw, depth = weights.shape
        assert depth == x.shape[3], "grouped convolution"
        centred = x.astype(np.int16) - self._tensor(op.inputs[0]).zero_point
        taps = list(_taps(centred, (kh, kw), (o["stride_h"], o["stride_w"]),
                          (o["dilation_h"], o["dilation_w"]), o["padding"], 0))
        shape = taps[0].shape[:3]
        columns = taps[0] if len(taps) == 1 else np.concatenate(taps, axis=3)
        sums = self._product(columns.reshape(-1, kh * kw * depth), weights.reshape(channels, -1))
        sums = sums.reshape(*shape, channels) + self._bias(op, channels)
        scales = self._tensor(op.inputs[1]).scales
        return self._requantize(op, sums, scales, fp.multiply_double)

    def _depthwise_conv_2d(self, op):
        x, weights, o = self._map(op), self._constant(op, 1), op.options
        _, kh, kw, channels = weights.shape
        centred = x.astype(np.int32) - self._tensor(op.inputs[0]).zero_point
        if channels != x.shape[3]:  # output c comes from input c / multiplier
            centred = np.repeat(centred, channels // x.shape[3], axis=3)
        filters = weights.reshape(kh * kw, channels).astype(np.int32)
        sums = 0
        for tap, values in enumerate(_taps(centred, (kh, kw), (o["stride_h"], o["stride_w"]),
                                           (o["dilation_h"], o["dilation_w"]), o["padding"], 0)):
            sums = sums + values * filters[tap]
        sums = sums.astype(np.int64) + self._bias(op, channels)
        scales = self._tensor(op.inputs[1]).scales
        return self._requantize(op, sums, scales, fp.multiply_double)

    def _fully_connected(self, op):
        weights, source = self._constant(op, 1), self._tensor(op.inputs[0])
        rows = self._in(op).reshape(-1, weights.shape[1]).astype(np.int32) - source.zero_point
        sums = self._product(rows, weights) + self._bias(op, weights.shape[0])
        sums = sums.reshape(self.batch, -1, weights.shape[0])
        multiply = fp.multiply_single if self.mode == "tflite" else fp.multiply_double
        scales = self._tensor(op.inputs[1]).scales
        if scales.size > 1:
            return self._requantize(op, sums, scales, multiply)
        # With one scale for all, both runtimes multiply the input scales in float.
        product = np.float64(np.float32(source.scale) * np.float32(scales[0]))
        real = product / np.float64(self._out(op).scale)
        return self._scale(op, sums, *fp.quantize_multipliers([real]), multiply)

    def _transpose_conv(self, op):
        """Operands: shape of the output, weights [O, kh, kw, I], input, bias."""
        weights, out, o = self._constant(op, 1), self._out(op), op.options
        channels, kh, kw, _ = weights.shape
        sources = self._in(op, 2).astype(np.int64) - self._tensor(op.inputs[2]).zero_point
        sources = sources.reshape(-1, *sources.shape[2:])
        batch, rows, columns, _ = sources.shape
        height, width = out.dims[1:3]
        _, top, _ = _window(height, kh, o["stride_h"], 1, o["padding"])
        _, left, _ = _window(width, kw, o["stride_w"], 1, o["padding"])
        # Every input pixel adds its window to a map with room for all of them.
        sums = np.zeros((batch, (rows - 1) * o["stride_h"] + kh + height,
                         (columns - 1) * o["stride_w"] + kw + width, channels), np.int64)
        for ky in range(kh):
            for kx in range(kw):
                products = self._product(sources.reshape(-1, sources.shape[3]),
                                         weights[:, ky, kx, :])
                sums[:, ky:ky + (rows - 1) * o["stride_h"] + 1:o["stride_h"],
                     kx:kx + (columns - 1) * o["stride_w"] + 1:o["stride_w"]] += (
                         products.reshape(batch, rows, columns, channels))
        sums = sums[:, top:top + height, left:left + width]
        if len(op.inputs) > 3 and op.inputs[3] >= 0:
            sums = sums + self._constant(op, 3).astype(np.int64)
        reals = (np.float64(self._tensor(op.inputs[2]).scale) *
                 self._tensor(op.inputs[1]).scales.astype(np.float64) / np.float64(out.scale))
        return self._scale(op, sums, *fp.quantize_multipliers(reals), fp.multiply_double)

    # Two operands.

    def _centred(self, op, which):
        return self._in(op, which).astype(np.int64) - self._tensor(op.inputs[which]).zero_point

    @staticmethod
    def _aligned(first, second):
        """Both operands, ready for NumPy to broadcast their last axes against each other."""
        rank = max(first.ndim, second.ndim)
        return [v.reshape(v.shape[0], *(1,) * (rank - v.ndim), *v.shape[1:])
                for v in (first, second)]

    def _sum(self, op, sign):
        first, second = self._aligned(self._centred(op, 0), self._centred(op, 1))
        scales = [np.float64(self._tensor(i).scale) for i in op.inputs]
        out = self._out(op)
        twice_max = 2 * max(scales)

        def scaled(value, real):
            return fp.multiply_double(value, *fp.quantize_multiplier(real))

        total = (scaled(first << 20, scales[0] / twice_max) +
                 sign * scaled(second << 20, scales[1] / twice_max))
        result = scaled(total, twice_max / (np.float64(1 << 20) * np.float64(out.scale)))
        return int8(result + out.zero_point, clamp_of(op.options["activation"], out))

    def _add(self, op):
        return self._sum(op, 1)

    def _sub(self, op):
        return self._sum(op, -1)

    def _mul(self, op):
        first, second = self._aligned(self._centred(op, 0), self._centred(op, 1))
        scales = [np.float32(self._tensor(i).scale) for i in op.inputs]
        out = self._out(op)
        if self.mode == "tflite":
            real = np.float64(scales[0] * scales[1] / np.float32(out.scale))
        else:
            real = np.float64(scales[0]) * np.float64(scales[1]) / np.float64(out.scale)
        result = fp.multiply_double(first * second, *fp.quantize_multiplier(real))
        return int8(result + out.zero_point, clamp_of(op.options["activation"], out))

    def _prelu(self, op):
        """One multiplier where the input is not negative, one of the product with alpha below."""
        x, alpha = self._aligned(self._centred(op, 0), self._centred(op, 1))
        precision = np.float32 if self.mode == "tflite" else np.float64
        source, slope, out = (precision(t.scale) for t in (
            self._tensor(op.inputs[0]), self._tensor(op.inputs[1]), self._out(op)))
        above = fp.multiply_double(x, *fp.quantize_multiplier(np.float64(source / out)))
        below = fp.multiply_double(x * alpha, *fp.quantize_multiplier(np.float64(source * slope / out)))
        return int8(np.where(x >= 0, above, below) + self._out(op).zero_point)

    def _raw_pair(self, op):
        """Bytes that TFLite compares as they are: all tensors have one quantisation."""
        for index in op.inputs:
            _check_copies(self._tensor(index), self._out(op))
        return self._aligned(self._in(op, 0), self._in(op, 1))

    def _maximum(self, op):
        return np.maximum(*self._raw_pair(op))

    def _minimum(self, op):
        return np.minimum(*self._raw_pair(op))

    # Pools and reductions.

    def _pool_taps(self, op, x, fill):
        o = op.options
        return _taps(x, (o["filter_h"], o["filter_w"]), (o["stride_h"], o["stride_w"]), (1, 1),
                     o["padding"], fill)

    def _average_pool_2d(self, op):
        x = self._map(op).astype(np.int64)
        total = sum(self._pool_taps(op, x, 0))
        count = sum(self._pool_taps(op, np.ones_like(x[:1, :, :, :1]), 0))
        # Half away from zero.
        mean = _divide(total + np.where(total > 0, count // 2, -(count // 2)), count)
        return int8(mean, clamp_of(op.options["activation"], self._out(op)))

    def _max_pool_2d(self, op):
        largest = None
        for values in self._pool_taps(op, self._map(op), -128):
            largest = values if largest is None else np.maximum(largest, values)
        return int8(largest, clamp_of(op.options["activation"], self._out(op)))

    def _axes(self, op):
        rank = len(self._tensor(op.inputs[0]).dims)
        return tuple(sorted({int(a) % rank + 1 for a in self._constant(op, 1).reshape(-1)}))

    def _mean(self, op):
        x, source, out = self._in(op), self._tensor(op.inputs[0]), self._out(op)
        axes = self._axes(op)
        count = math.prod(x.shape[a] for a in axes)
        multiplier, shift = fp.quantize_multiplier(
            np.float64(source.scale) / np.float64(out.scale))
        # 1 / count goes into the multiplier.
        up = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << up) // count, shift - up
        sums = x.astype(np.int64).sum(axis=axes) - source.zero_point * count
        return int8(fp.multiply_double(sums, multiplier, shift) + out.zero_point)

    def _reduce_max(self, op):
        return self._in(op).max(axis=self._axes(op))

    def _quantize(self, op):
        x, source, out = self._in(op), self._tensor(op.inputs[0]), self._out(op)
        if x.dtype == np.float32:
            steps = fp.round_half_away((x / np.float32(out.scale)).astype(np.float64))
            result = steps.astype(np.int64) + out.zero_point
        else:
            real = np.float64(source.scale) / np.float64(out.scale)
            result = fp.multiply_double(self._centred(op, 0), *fp.quantize_multiplier(real))
            result = result + out.zero_point
        range_ = np.iinfo(out.dtype)
        return np.clip(result, range_.min, range_.max).astype(out.dtype)

    def _dequantize(self, op):
        return (np.float64(self._tensor(op.inputs[0]).scale) *
                self._centred(op, 0)).astype(np.float32)

    # Bytes that only move.

    def _pad(self, op):
        amounts = [(0, 0)] + [tuple(int(a) for a in pair) for pair in self._constant(op, 1)]
        return np.pad(self._in(op), amounts, constant_values=self._out(op).zero_point)

    def _padv2(self, op):
        amounts = [(0, 0)] + [tuple(int(a) for a in pair) for pair in self._constant(op, 1)]
        value = int(self._constant(op, 2).reshape(-1)[0])
        return np.pad(self._in(op), amounts, constant_values=value)

    def _slice(self, op):
        x = self._in(op)
        begin, size = self._constant(op, 1), self._constant(op, 2)
        cuts = [slice(int(b), None if s < 0 else int(b + s)) for b, s in zip(begin, size)]
        return x[(slice(None), *cuts)]

    def _strided_slice(self, op):
        x, options = self._in(op), op.options
        assert not options["ellipsis_mask"] and not options["new_axis_mask"]
        cuts = [slice(None)]
        for axis, (b, e, s) in enumerate(zip(*(self._constant(op, i) for i in (1, 2, 3)))):
            if options["shrink_axis_mask"] >> axis & 1:
                cuts.append(int(b))
                continue
            cuts.append(slice(None if options["begin_mask"] >> axis & 1 else int(b),
                              None if options["end_mask"] >> axis & 1 else int(e), int(s)))
        return x[tuple(cuts)]

    def _split(self, op):
        """Operands: axis, value."""
        x = self._in(op, 1)
        axis = int(self._constant(op, 0).reshape(-1)[0]) % (x.ndim - 1) + 1
        return np.split(x, op.options["num_splits"], axis)

    def _space_to_batch_nd(self, op):
        x, block = self._in(op), [int(b) for b in self._constant(op, 1)]
        amounts = [(0, 0), (0, 0)] + [tuple(int(a) for a in p) for p in self._constant(op, 2)]
        amounts += [(0, 0)] * (x.ndim - len(amounts))
        x = np.pad(x, amounts, constant_values=self._out(op).zero_point)
        many, n, h, w, c = x.shape
        x = x.reshape(many, n, h // block[0], block[0], w // block[1], block[1], c)
        return x.transpose(0, 3, 5, 1, 2, 4, 6)

    def _batch_to_space_nd(self, op):
        x, block = self._in(op), [int(b) for b in self._constant(op, 1)]
        crops = [[int(a) for a in p] for p in self._constant(op, 2)]
        many, n, h, w, c = x.shape
        x = x.reshape(many, block[0], block[1], n // (block[0] * block[1]), h, w, c)
        x = x.transpose(0, 3, 4, 1, 5, 2, 6).reshape(many, -1, h * block[0], w * block[1], c)
        (top, bottom), (left, right) = crops
        return x[:, :, top:x.shape[2] - bottom, left:x.shape[3] - right]

    def _transpose(self, op):
        return self._in(op).transpose(0, *(int(a) + 1 for a in self._constant(op, 1)))

    def _reshape(self, op):
        return self._in(op).reshape(self.batch, *self._out(op).dims)

    _squeeze = _expand_dims = _reshape

    def _concatenation(self, op):
        rank = len(self._out(op).dims)
        for index in op.inputs:
            _check_copies(self._tensor(index), self._out(op))
        parts = [self._in(op, i) for i in range(len(op.inputs))]
        return np.concatenate(parts, op.options["axis"] % rank + 1)

    def _resize_nearest_neighbor(self, op):
        x, out = self._map(op), self._out(op)
        corners, centres = op.options["align_corners"], op.options["half_pixel_centers"]

        def nearest(size, outputs):
            scale = (np.float32(size - 1) / np.float32(outputs - 1) if corners and outputs > 1
                     else np.float32(size) / np.float32(outputs))
            at = (np.arange(outputs, dtype=np.float32) + np.float32(0.5 * centres)) * scale
            chosen = fp.round_half_away(at) if corners else np.floor(at)
            return np.clip(chosen.astype(np.int64), 0, size - 1)

        rows, columns = nearest(x.shape[1], out.dims[1]), nearest(x.shape[2], out.dims[2])
        return x[:, rows][:, :, columns]

    def _resize_bilinear(self, op):
        """Positions with 10 fractional bits."""
        x, out = self._map(op).astype(np.int64), self._out(op)
        corners, centres = op.options["align_corners"], op.options["half_pixel_centers"]

        def positions(size, outputs):
            """(lower index, upper index, weight of the upper) of each output."""
            scale = ((1 << 10) * size + outputs // 2) // outputs
            if corners and outputs > 1:
                scale = ((1 << 10) * (size - 1) + (outputs - 1) // 2) // (outputs - 1)
            at = np.arange(outputs, dtype=np.int64) * scale
            if centres:
                at = at + scale // 2 - (1 << 9)
            low = np.maximum(_divide(at, 1 << 10), 0)
            return low, np.minimum(_divide(at + 1023, 1 << 10), size - 1), at - (low << 10)

        top, bottom, down = positions(x.shape[1], out.dims[1])
        left, right, along = positions(x.shape[2], out.dims[2])
        down, along = down[:, None, None], along[None, :, None]
        upper, lower = x[:, top], x[:, bottom]
        total = ((upper[:, :, left] * (1024 - along) + upper[:, :, right] * along) * (1024 - down) +
                 (lower[:, :, left] * (1024 - along) + lower[:, :, right] * along) * down)
        nudged = total + np.where(total > 0, 1 << 19, -(1 << 19))
        return _divide(nudged, 1 << 20).astype(np.int8)

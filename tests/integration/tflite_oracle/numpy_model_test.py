#!/usr/bin/env python3
"""Judges the judge: every operator of the NumPy model, in mode "tflite", against ai-edge-litert's
reference kernels on models of one operator with random shapes, scales and options.

Usage: numpy_model_test.py SOURCE_ROOT [CASES [KIND...]]
Exit 0: no byte differs. 1: something differs. 77: skipped, the reason is printed.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from conformance import restart_in_venv  # noqa: E402

CASES = 40
# Of operators whose int8 form did not come with their second version.
VERSIONS = {"PRELU": 1, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 4, "TRANSPOSE_CONV": 3,
            "HARD_SWISH": 1, "RELU_N1_TO_1": 1}
INPUTS = 3


class OneOperator:
    """Collects the tensors of a model with one operator and writes it with LiteRT's own schema."""

    def __init__(self, np, schema, random):
        self.np, self.schema, self.random = np, schema, random
        self.tensors, self.data, self.operands, self.outputs = [], [], [], []
        self.options = self.options_type = self.out_dims = None

    def _tensor(self, dims, kind, data, scales, zero_points, dimension=0):
        s = self.schema
        tensor, buffer = s.TensorT(), s.BufferT()
        tensor.shape, tensor.type, tensor.name = list(dims), kind, f"t{len(self.tensors)}"
        tensor.buffer = len(self.tensors) + 1
        if scales is not None:
            q = tensor.quantization = s.QuantizationParametersT()
            q.scale, q.zeroPoint = [float(x) for x in scales], [int(z) for z in zero_points]
            q.quantizedDimension = dimension
        if data is not None:
            buffer.data = self.np.frombuffer(data.tobytes(), self.np.uint8)
        self.tensors.append(tensor)
        self.data.append(buffer)
        return len(self.tensors) - 1

    def scale(self, low=0.005, high=0.1):
        return self.np.float32(self.random.uniform(low, high))

    def zero_point(self):
        return int(self.random.integers(-128, 128))

    def activation(self, dims, q=None):
        q = q or (self.scale(), self.zero_point())
        index = self._tensor(dims, self.schema.TensorType.INT8, None, [q[0]], [q[1]])
        self.operands.append(index)
        return q

    def constant(self, array, scales=None, zero_point=0, dimension=0):
        kind = {1: self.schema.TensorType.INT8, 4: self.schema.TensorType.INT32}[array.itemsize]
        zeros = None if scales is None else [zero_point] * len(scales)
        self.operands.append(self._tensor(array.shape, kind, array, scales, zeros, dimension))

    def indices(self, values):
        self.constant(self.np.array(values, self.np.int32))

    def weights(self, shape, dimension, per_channel):
        np, random = self.np, self.random
        count = shape[dimension] if per_channel else 1
        scales = random.uniform(0.001, 0.02, count).astype(np.float32)
        values = random.integers(-127, 128, shape).astype(np.int8)
        self.constant(values, scales, 0, dimension)
        bias = random.integers(-5000, 5000, shape[dimension]).astype(np.int32)
        return scales, bias

    def output(self, q=None):
        q = q or (self.scale(), self.zero_point())
        dims = self.out_dims or self.tensors[self.operands[0]].shape  # for the rank
        self.outputs.append(self._tensor(dims, self.schema.TensorType.INT8, None, [q[0]], [q[1]]))

    def finish(self, code):
        import flatbuffers
        s = self.schema
        model, graph, op, opcode = s.ModelT(), s.SubGraphT(), s.OperatorT(), s.OperatorCodeT()
        opcode.builtinCode = getattr(s.BuiltinOperator, code)
        opcode.deprecatedBuiltinCode, opcode.version = min(opcode.builtinCode, 127), VERSIONS.get(code, 2)
        op.opcodeIndex, op.inputs, op.outputs = 0, self.operands, self.outputs
        op.builtinOptions, op.builtinOptionsType = self.options, self.options_type or 0
        graph.tensors, graph.operators = self.tensors, [op]
        graph.inputs = [i for i, b in enumerate(self.data)
                        if b.data is None and i not in self.outputs]
        graph.outputs = self.outputs
        model.version, model.operatorCodes, model.subgraphs = 3, [opcode], [graph]
        model.buffers = [s.BufferT(), *self.data]
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def set_options(self, name, **fields):
        self.options = getattr(self.schema, name + "OptionsT")()
        self.options_type = getattr(self.schema.BuiltinOptions, name + "Options")
        for field, value in fields.items():
            assert hasattr(self.options, field), field
            setattr(self.options, field, value)


# How each kind of operator is made: (model, random). Operands in TFLite's order.

ACTIVATIONS = [0, 0, 1, 2, 3]


def _size(random, low, high):
    return int(random.integers(low, high + 1))


def _chance(random, share):
    return bool(random.random() < share)


def _map_dims(random, most=8):
    return [1, _size(random, 1, 12), _size(random, 1, 12), _size(random, 1, most)]


def _window_fields(m, random, dims, kernel, dilation=(1, 1)):
    fits = all(d >= (k - 1) * e + 1 for d, k, e in zip(dims[1:3], kernel, dilation))
    return {"padding": _size(random, 0, 1) if fits else 0, "strideH": _size(random, 1, 3),
            "strideW": _size(random, 1, 3),
            "fusedActivationFunction": int(random.choice(ACTIVATIONS))}


def conv(m, random, depthwise=False):
    dims = _map_dims(random)
    kernel = [_size(random, 1, 5), _size(random, 1, 5)]
    dilation = [_size(random, 1, 2), _size(random, 1, 2)]
    fields = _window_fields(m, random, dims, kernel, dilation)
    fields |= {"dilationHFactor": dilation[0], "dilationWFactor": dilation[1]}
    source = m.activation(dims)
    if depthwise:
        factor = _size(random, 1, 3)
        fields["depthMultiplier"] = factor
        shape, dimension = [1, *kernel, dims[3] * factor], 3
    else:
        shape, dimension = [_size(random, 1, 12), *kernel, dims[3]], 0
    m.set_options("DepthwiseConv2D" if depthwise else "Conv2D", **fields)
    scales, bias = m.weights(shape, dimension, True)
    m.constant(bias, scales * source[0], 0)
    m.output((m.scale(0.02, 0.4), m.zero_point()))


def fully_connected(m, random):
    depth, channels = _size(random, 1, 60), _size(random, 1, 20)
    source = m.activation([1, depth])
    m.set_options("FullyConnected", fusedActivationFunction=int(random.choice(ACTIVATIONS)))
    scales, bias = m.weights([channels, depth], 0, _chance(random, 0.5))
    m.constant(bias, scales * source[0], 0)
    m.output((m.scale(0.02, 0.4), m.zero_point()))


def transpose_conv(m, random):
    dims = _map_dims(random)
    kernel, stride = [_size(random, 1, 5), _size(random, 1, 5)], [_size(random, 1, 3) for _ in "hw"]
    padding = _size(random, 0, 1)
    sides = [d * s if padding == 0 else (d - 1) * s + k
             for d, s, k in zip(dims[1:3], stride, kernel)]
    channels = _size(random, 1, 10)
    m.indices([1, *sides, channels])
    scales, bias = m.weights([channels, *kernel, dims[3]], 0, True)
    source = m.activation(dims)
    m.constant(bias, scales * source[0], 0)
    m.set_options("TransposeConv", padding=padding, strideH=stride[0], strideW=stride[1],
                  fusedActivationFunction=0)
    m.output((m.scale(0.02, 0.4), m.zero_point()))


def pairwise(m, random, name, one_scale=False):
    dims = _map_dims(random)
    q = m.activation(dims) if one_scale else None
    if not one_scale:
        m.activation(dims)
    other = list(dims)
    if _chance(random, 0.3):
        other = [1, 1, 1, dims[3]]
    if _chance(random, 0.4):
        values = random.integers(-128, 128, other).astype(m.np.int8)
        scale, zero = q or (m.scale(), m.zero_point())
        m.constant(values, [scale], zero)
    else:
        m.activation(other, q)
    if name:
        m.set_options(name, fusedActivationFunction=int(random.choice(ACTIVATIONS)))
    m.output(q)


def prelu(m, random):
    dims = _map_dims(random)
    m.activation(dims)
    alphas = [1, 1, dims[3]] if _chance(random, 0.8) else [1, 1, 1]
    m.constant(random.integers(-128, 128, alphas).astype(m.np.int8), [m.scale()], m.zero_point())
    m.output()


def pool(m, random):
    dims = _map_dims(random)
    kernel = [_size(random, 1, 5), _size(random, 1, 5)]
    q = m.activation(dims)
    m.set_options("Pool2D", filterHeight=kernel[0], filterWidth=kernel[1],
                  **_window_fields(m, random, dims, kernel))
    m.output(q)


def reduction(m, random, same=False):
    q = m.activation(_map_dims(random))
    m.indices([[1, 2], [2, 1], [1], [2], [3], [-1, 1]][_size(random, 0, 5)])
    m.set_options("Reducer", keepDims=_chance(random, 0.5))
    m.output(q if same or _chance(random, 0.3) else None)


def softmax(m, random):
    m.activation([1, _size(random, 1, 5), _size(random, 1, 40)],
                 (m.scale(0.001, 0.5), m.zero_point()))
    m.set_options("Softmax", beta=float(random.choice([1.0, 1.0, 0.7])))
    m.output((m.np.float32(1 / 256), -128))


def table(m, random, output=None, name=None, **fields):
    m.activation([1, 64, 4], (m.scale(0.003, 0.3), m.zero_point()))
    if name:
        m.set_options(name, **{f: v(random) for f, v in fields.items()})
    m.output(output)


def copied(m, random, finish):
    """One quantisation for input and output; finish(dims) adds the rest."""
    dims = _map_dims(random)
    q = m.activation(dims)
    finish(dims)
    m.output(q)


def resize(m, random, name):
    centres = _chance(random, 0.5)
    m.set_options(name, halfPixelCenters=centres,
                  alignCorners=not centres and _chance(random, 0.5))
    copied(m, random, lambda dims: m.indices([_size(random, 1, 20), _size(random, 1, 20)]))


def slice_(m, random):
    def finish(dims):
        begin = [_size(random, 0, d - 1) for d in dims]
        size = [_size(random, 1, d - b) for d, b in zip(dims, begin)]
        m.indices(begin)
        m.indices([-1 if b + s == d else s for d, b, s in zip(dims, begin, size)])
        m.out_dims = size  # LiteRT checks it
    copied(m, random, finish)


def strided_slice(m, random):
    def finish(dims):
        begin = [_size(random, 0, d - 1) for d in dims]
        m.indices(begin)
        m.indices([_size(random, b + 1, d) for d, b in zip(dims, begin)])
        m.indices([_size(random, 1, 2) for _ in dims])
    m.set_options("StridedSlice", beginMask=_size(random, 0, 15), endMask=_size(random, 0, 15))
    copied(m, random, finish)


def split(m, random):
    pieces, axis = _size(random, 1, 3), _size(random, 1, 3)
    dims = _map_dims(random, 4)
    dims[axis] = pieces * _size(random, 1, 4)
    m.indices(axis)
    q = m.activation(dims)
    m.set_options("Split", numSplits=pieces)
    for _ in range(pieces):
        m.output(q)


def concatenation(m, random):
    dims, axis = _map_dims(random), _size(random, 1, 3)
    q = m.activation(dims)
    for _ in range(_size(random, 0, 3)):
        dims[axis] = _size(random, 1, 6)
        m.activation(dims, q)
    m.set_options("Concatenation", axis=axis if _chance(random, 0.5) else axis - 4)
    m.output(q)


def pad(m, random):
    copied(m, random,
           lambda dims: m.indices([[0, 0]] + [[_size(random, 0, 3) for _ in "ab"]
                                              for _ in dims[1:]]))


def transpose(m, random):
    copied(m, random, lambda dims: m.indices([0, *(int(a) + 1 for a in random.permutation(3))]))


def space_to_batch(m, random):
    block = [_size(random, 1, 3), _size(random, 1, 3)]
    dims = [1, block[0] * _size(random, 1, 4), block[1] * _size(random, 1, 4), 3]
    q = m.activation(dims)
    m.indices(block)
    m.indices([[b * _size(random, 0, 1), b * _size(random, 0, 1)] for b in block])
    m.output(q)


def batch_to_space(m, random):
    block = [_size(random, 1, 3), _size(random, 1, 3)]
    q = m.activation([block[0] * block[1], _size(random, 2, 4), _size(random, 2, 4), 3])
    m.indices(block)
    m.indices([[_size(random, 0, b - 1), _size(random, 0, b - 1)] for b in block])
    m.output(q)


KINDS = {
    "CONV_2D": conv,
    "DEPTHWISE_CONV_2D": lambda m, r: conv(m, r, True),
    "FULLY_CONNECTED": fully_connected,
    "TRANSPOSE_CONV": transpose_conv,
    "ADD": lambda m, r: pairwise(m, r, "Add"),
    "SUB": lambda m, r: pairwise(m, r, "Sub"),
    "MUL": lambda m, r: pairwise(m, r, "Mul"),
    "MAXIMUM": lambda m, r: pairwise(m, r, None, True),
    "MINIMUM": lambda m, r: pairwise(m, r, None, True),
    "PRELU": prelu,
    "AVERAGE_POOL_2D": pool,
    "MAX_POOL_2D": pool,
    "MEAN": reduction,
    "REDUCE_MAX": lambda m, r: reduction(m, r, True),
    "SOFTMAX": softmax,
    "LOGISTIC": lambda m, r: table(m, r, (m.np.float32(1 / 256), -128)),
    "TANH": lambda m, r: table(m, r, (m.np.float32(1 / 128), 0)),
    "HARD_SWISH": table,
    "LEAKY_RELU": lambda m, r: table(m, r, None, "LeakyRelu",
                                     alpha=lambda r: float(r.uniform(0.01, 0.9))),
    "RELU": table,
    "RELU6": table,
    "RELU_N1_TO_1": table,
    "QUANTIZE": table,
    "PAD": pad,
    "SLICE": slice_,
    "STRIDED_SLICE": strided_slice,
    "SPLIT": split,
    "CONCATENATION": concatenation,
    "TRANSPOSE": transpose,
    "RESIZE_NEAREST_NEIGHBOR": lambda m, r: resize(m, r, "ResizeNearestNeighbor"),
    "RESIZE_BILINEAR": lambda m, r: resize(m, r, "ResizeBilinear"),
    "SPACE_TO_BATCH_ND": space_to_batch,
    "BATCH_TO_SPACE_ND": batch_to_space,
}


def interpreter_of(litert, data):
    result = litert.Interpreter(model_content=data,
                                experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF)
    result.allocate_tensors()
    return result


def judge_case(np, schema, litert, code, seed):
    """(bytes compared, bytes that differ) of one random model."""
    from numpy_model import NumpyModel

    random = np.random.default_rng([sorted(KINDS).index(code), seed])
    model = OneOperator(np, schema, random)
    KINDS[code](model, random)
    # LiteRT computes the shape of the output; ours stands in the file.
    details = interpreter_of(litert, model.finish(code)).get_output_details()
    for index, detail in zip(model.outputs, details):
        model.tensors[index].shape = [int(d) for d in detail["shape"]]
    data = model.finish(code)
    oracle, ours = interpreter_of(litert, data), NumpyModel(data)
    inputs = [random.integers(-128, 128, (INPUTS, *ours.file.tensors[i].dims)).astype(np.int8)
              for i in ours.file.inputs]
    if len(inputs) == 1 and inputs[0][0].size >= 256:  # tables: every byte
        inputs[0][0] = np.arange(inputs[0][0].size).astype(np.int8).reshape(inputs[0][0].shape)
    values = ours.run(inputs, "tflite")
    compared = wrong = 0
    for number in range(INPUTS):
        for index, value in zip(ours.file.inputs, inputs):
            oracle.set_tensor(index, value[number])
        oracle.invoke()
        for index in ours.file.outputs:
            theirs = oracle.get_tensor(index)
            assert theirs.shape == values[index][number].shape, (theirs.shape, values[index].shape)
            compared += theirs.size
            wrong += int((theirs != values[index][number]).sum())
    return compared, wrong


def main():
    litert = restart_in_venv(Path(sys.argv[1]).resolve())
    import numpy as np
    from ai_edge_litert import schema_py_generated as schema

    cases = int(sys.argv[2]) if len(sys.argv) > 2 else CASES
    failed = 0
    for code in sys.argv[3:] or KINDS:
        compared = wrong = 0
        for seed in range(cases):
            size, different = judge_case(np, schema, litert, code, seed)
            compared, wrong = compared + size, wrong + different
            if different:
                print(f"DIFFERS: {code}, case {seed}: {different} of {size} bytes")
        print(f"{code:24} {compared:>8} bytes, {wrong} differ")
        failed += wrong
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

"""A .tflite file as plain Python values: tensors, operators, options. It reads the FlatBuffer's
vtables itself and shares nothing with engine/tflite, whose judge it serves.

Field numbers are those of TFLite's schema, version 3, in the order of its tables.
"""

import struct
from dataclasses import dataclass, field

import numpy as np

TYPES = {0: np.float32, 2: np.int32, 3: np.uint8, 4: np.int64, 6: np.bool_, 7: np.int16,
         9: np.int8, 17: np.int8}
INT4 = 17  # two values in each byte, the low half first; read as one int8 each
ACTIVATIONS = {0: "NONE", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6"}
PADDINGS = {0: "SAME", 1: "VALID"}
CODES = {
    0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE", 9: "FULLY_CONNECTED", 14: "LOGISTIC", 17: "MAX_POOL_2D", 18: "MUL",
    19: "RELU", 20: "RELU_N1_TO_1", 21: "RELU6", 22: "RESHAPE", 23: "RESIZE_BILINEAR",
    25: "SOFTMAX", 28: "TANH",
    34: "PAD", 37: "BATCH_TO_SPACE_ND", 38: "SPACE_TO_BATCH_ND", 39: "TRANSPOSE", 40: "MEAN",
    41: "SUB", 43: "SQUEEZE", 45: "STRIDED_SLICE", 49: "SPLIT", 54: "PRELU", 55: "MAXIMUM", 57: "MINIMUM",
    60: "PADV2", 65: "SLICE", 67: "TRANSPOSE_CONV", 70: "EXPAND_DIMS", 77: "SHAPE",
    82: "REDUCE_MAX", 83: "PACK", 97: "RESIZE_NEAREST_NEIGHBOR", 98: "LEAKY_RELU",
    114: "QUANTIZE", 117: "HARD_SWISH"}

# (name, format of struct, default) by field number; formats: b and i numbers, f float, ? flag.
OPTIONS = {
    "CONV_2D": [("padding", "b", 0), ("stride_w", "i", 0), ("stride_h", "i", 0),
                ("activation", "b", 0), ("dilation_w", "i", 1), ("dilation_h", "i", 1)],
    "DEPTHWISE_CONV_2D": [("padding", "b", 0), ("stride_w", "i", 0), ("stride_h", "i", 0),
                          ("depth_multiplier", "i", 0), ("activation", "b", 0),
                          ("dilation_w", "i", 1), ("dilation_h", "i", 1)],
    "POOL": [("padding", "b", 0), ("stride_w", "i", 0), ("stride_h", "i", 0),
             ("filter_w", "i", 0), ("filter_h", "i", 0), ("activation", "b", 0)],
    "FULLY_CONNECTED": [("activation", "b", 0)],
    "ADD": [("activation", "b", 0)],
    "SUB": [("activation", "b", 0)],
    "MUL": [("activation", "b", 0)],
    "CONCATENATION": [("axis", "i", 0), ("activation", "b", 0)],
    "SOFTMAX": [("beta", "f", 0.0)],
    "MEAN": [("keep_dims", "?", False)],
    "REDUCE_MAX": [("keep_dims", "?", False)],
    "STRIDED_SLICE": [("begin_mask", "i", 0), ("end_mask", "i", 0), ("ellipsis_mask", "i", 0),
                      ("new_axis_mask", "i", 0), ("shrink_axis_mask", "i", 0)],
    "PACK": [("values_count", "i", 0), ("axis", "i", 0)],
    "SPLIT": [("num_splits", "i", 0)],
    "LEAKY_RELU": [("alpha", "f", 0.0)],
    "TRANSPOSE_CONV": [("padding", "b", 0), ("stride_w", "i", 0), ("stride_h", "i", 0),
                       ("activation", "b", 0)],
    "RESIZE_NEAREST_NEIGHBOR": [("align_corners", "?", False), ("half_pixel_centers", "?", False)],
    "RESIZE_BILINEAR": [("unused_height", "i", 0), ("unused_width", "i", 0),
                        ("align_corners", "?", False), ("half_pixel_centers", "?", False)],
}
OPTIONS["AVERAGE_POOL_2D"] = OPTIONS["MAX_POOL_2D"] = OPTIONS.pop("POOL")


class Table:
    """One FlatBuffers table: fields by number."""

    def __init__(self, data, position):
        self.data, self.position = data, position
        self.vtable = position - struct.unpack_from("<i", data, position)[0]
        self.vtable_bytes = struct.unpack_from("<H", data, self.vtable)[0]

    def _field(self, number):
        at = 4 + 2 * number
        if at >= self.vtable_bytes:
            return 0
        offset = struct.unpack_from("<H", self.data, self.vtable + at)[0]
        return self.position + offset if offset else 0

    def scalar(self, number, form, default):
        at = self._field(number)
        return struct.unpack_from("<" + form, self.data, at)[0] if at else default

    def _target(self, number):
        at = self._field(number)
        return at + struct.unpack_from("<I", self.data, at)[0] if at else 0

    def table(self, number):
        at = self._target(number)
        return Table(self.data, at) if at else None

    def vector(self, number, dtype):
        at = self._target(number)
        if not at:
            return np.empty(0, dtype)
        count = struct.unpack_from("<I", self.data, at)[0]
        return np.frombuffer(self.data, dtype, count, at + 4)

    def tables(self, number):
        at = self._target(number)
        if not at:
            return []
        count = struct.unpack_from("<I", self.data, at)[0]
        places = (at + 4 + 4 * i for i in range(count))
        return [Table(self.data, p + struct.unpack_from("<I", self.data, p)[0]) for p in places]

    def text(self, number):
        return self.vector(number, np.uint8).tobytes().decode(errors="replace")


@dataclass
class Tensor:
    index: int
    name: str
    dims: list
    dtype: type
    scales: np.ndarray  # float32
    zero_points: np.ndarray  # int64
    data: np.ndarray | None = None  # of a constant, in its shape

    @property
    def scale(self):
        return self.scales[0]

    @property
    def zero_point(self):
        return int(self.zero_points[0]) if self.zero_points.size else 0


@dataclass
class Operator:
    index: int
    code: str
    inputs: list  # -1: left out
    outputs: list
    options: dict = field(default_factory=dict)


@dataclass
class Model:
    tensors: list
    operators: list
    inputs: list
    outputs: list


def _read_tensor(index, table, buffers):
    code = table.scalar(1, "b", 0)
    if code not in TYPES:
        raise ValueError(f"tensor {index} has type {code}")
    quantization = table.table(4)
    scales = quantization.vector(2, "<f4") if quantization else np.empty(0, np.float32)
    zero_points = quantization.vector(3, "<i8") if quantization else np.empty(0, np.int64)
    tensor = Tensor(index, table.text(3), [int(d) for d in table.vector(0, "<i4")], TYPES[code],
                    scales, zero_points)
    data = buffers[table.scalar(2, "I", 0)].vector(0, np.uint8)
    if code == INT4 and data.size:
        halves = np.stack([data & 15, data >> 4], axis=-1).reshape(-1)[:int(np.prod(tensor.dims))]
        data = ((halves ^ 8) - 8).astype(np.uint8)  # uint8 wraps below 0
    if data.size:
        tensor.data = data.view(tensor.dtype).reshape(tensor.dims)
    return tensor


def _read_options(code, table):
    options = {name: default for name, _, default in OPTIONS.get(code, [])}
    if table is not None:
        for number, (name, form, default) in enumerate(OPTIONS.get(code, [])):
            options[name] = table.scalar(number, form, default)
    if "activation" in options:
        options["activation"] = ACTIVATIONS[options["activation"]]
    if "padding" in options:
        options["padding"] = PADDINGS[options["padding"]]
    return options


def _read_operator(index, table, codes):
    code = codes[table.scalar(0, "I", 0)]
    return Operator(index, code, [int(i) for i in table.vector(1, "<i4")],
                    [int(i) for i in table.vector(2, "<i4")], _read_options(code, table.table(4)))


def _code_of(table):
    number = max(table.scalar(0, "b", 0), table.scalar(3, "i", 0))
    if number not in CODES:
        raise ValueError(f"operator code {number}")
    return CODES[number]


def read_model(data):
    """The first subgraph of the file with these bytes."""
    if data[4:8] != b"TFL3":
        raise ValueError("no .tflite file of schema version 3")
    root = Table(data, struct.unpack_from("<I", data, 0)[0])
    graph, buffers = root.tables(2)[0], root.tables(4)
    codes = [_code_of(t) for t in root.tables(1)]
    return Model([_read_tensor(i, t, buffers) for i, t in enumerate(graph.tables(0))],
                 [_read_operator(i, t, codes) for i, t in enumerate(graph.tables(3))],
                 [int(i) for i in graph.vector(1, "<i4")],
                 [int(i) for i in graph.vector(2, "<i4")])

// What leaves no operator behind; QUANTIZE does where it changes scale or zero point.
// Each reads one operator of a file into the graph; throws TfliteFailure without naming it.
#pragma once

namespace mcunas {

class TfliteGraph;    // engine/tflite/tflite_graph_internal.h
struct FileOperator;  // engine/tflite/tflite_file_internal.h

void ReadQuantize(const FileOperator& op, TfliteGraph* graph);
void ReadDequantize(const FileOperator& op, TfliteGraph* graph);
void ReadPad(const FileOperator& op, TfliteGraph* graph);  // and PADV2
void ReadSpaceToBatch(const FileOperator& op, TfliteGraph* graph);
void ReadBatchToSpace(const FileOperator& op, TfliteGraph* graph);
void ReadTranspose(const FileOperator& op, TfliteGraph* graph);
void ReadReshape(const FileOperator& op, TfliteGraph* graph);  // and SQUEEZE, EXPAND_DIMS

}  // namespace mcunas

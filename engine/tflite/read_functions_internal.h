// Functions of single bytes, and softmax.
// Each reads one operator of a file into the graph; throws TfliteFailure without naming it.
#pragma once

namespace mcunas {

class TfliteGraph;    // engine/tflite/tflite_graph_internal.h
struct FileOperator;  // engine/tflite/tflite_file_internal.h

void ReadSoftmax(const FileOperator& op, TfliteGraph* graph);
void ReadFunction(const FileOperator& op, TfliteGraph* graph);  // LOGISTIC, RELU, ...

}  // namespace mcunas

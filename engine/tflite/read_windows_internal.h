// Windows with and without weights, FULLY_CONNECTED among them.
// Each reads one operator of a file into the graph; throws TfliteFailure without naming it.
#pragma once

namespace mcunas {

class TfliteGraph;    // engine/tflite/tflite_graph_internal.h
struct FileOperator;  // engine/tflite/tflite_file_internal.h

void ReadConv(const FileOperator& op, TfliteGraph* graph);
void ReadDepthwise(const FileOperator& op, TfliteGraph* graph);
void ReadTransposeConv(const FileOperator& op, TfliteGraph* graph);
void ReadFullyConnected(const FileOperator& op, TfliteGraph* graph);
void ReadPool(const FileOperator& op, TfliteGraph* graph);
void ReadMean(const FileOperator& op, TfliteGraph* graph);  // and REDUCE_MAX

}  // namespace mcunas

// Parts of a map, and maps of another size.
// Each reads one operator of a file into the graph; throws TfliteFailure without naming it.
#pragma once

namespace mcunas {

class TfliteGraph;    // engine/tflite/tflite_graph_internal.h
struct FileOperator;  // engine/tflite/tflite_file_internal.h

void ReadSlice(const FileOperator& op, TfliteGraph* graph);  // and STRIDED_SLICE
void ReadSplit(const FileOperator& op, TfliteGraph* graph);  // and SPLIT_V
void ReadResize(const FileOperator& op, TfliteGraph* graph);

}  // namespace mcunas

// Operators on two maps, or on one and constants.
// Each reads one operator of a file into the graph; throws TfliteFailure without naming it.
#pragma once

namespace mcunas {

class TfliteGraph;    // engine/tflite/tflite_graph_internal.h
struct FileOperator;  // engine/tflite/tflite_file_internal.h

void ReadPairwise(const FileOperator& op,
                  TfliteGraph* graph);  // ADD, SUB, MUL, MAXIMUM, MINIMUM, PRELU

}  // namespace mcunas

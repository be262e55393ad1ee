// One operator of a file, whatever its family.
#pragma once

namespace mcunas {

class TfliteGraph;    // engine/tflite/tflite_graph_internal.h
struct FileOperator;  // engine/tflite/tflite_file_internal.h

// Reads it into the graph. Throws TfliteFailure without naming it, kUnsupported with the nearest
// form where no family reads it.
void ReadTfliteOperator(const FileOperator& op, TfliteGraph* graph);

}  // namespace mcunas

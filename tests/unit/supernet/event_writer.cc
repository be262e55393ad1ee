// event_writer FOLDER: writes the scalars that event_file_test.py expects.
#include "supernet/data/event_file.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto file = mcunas::EventFile::Create(argv[1]);
  if (!file) return 1;
  for (int i = 0; i < 200; ++i) {
    file->Scalar("train/loss", i * 1000, 2.5 - 0.01 * i);
    file->Scalar("holdout/largest", i, 0.25);
  }
  return 0;
}

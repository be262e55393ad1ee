// TaskShape: what the task adds to the space.
#pragma once

namespace mcunas {

struct TaskShape {
  int image_channels = 3;
  int classes = 10;
};

}  // namespace mcunas

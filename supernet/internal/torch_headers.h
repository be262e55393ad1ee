// Precompiled once for the target: LibTorch's headers take 20 s per file.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

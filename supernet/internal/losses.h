// What training minimises: losses against labels, and against the output of a larger network.
#pragma once

#include <ATen/ATen.h>

#include "nas/evaluate/task.h"
#include "supernet/config.h"

namespace mcunas {

// Mean over outputs [N,classes] and labels [N]; differentiable by the outputs. `smoothing`: the
// share of the target that is spread evenly.
at::Tensor LabelLoss(Loss loss, const at::Tensor& outputs, const at::Tensor& labels,
                     double smoothing);

// How far `outputs` are from the teacher's, both logits [N,classes]; mean over the batch,
// differentiable by `outputs` alone. Both are divided by `temperature` first, the loss is multiplied
// by its square, so that gradients keep their size (Hinton et al. 2015).
//
// inplace: cross entropy with the teacher's probabilities. alpha: of the alpha-divergences with
// alpha -1 (large where the student is sure and the teacher is not) and 1 (the other way round), for
// every image the larger one (Wang et al., "AlphaNet", ICML 2021); probabilities that exceed the
// teacher's by more than five times count as if by five. Pre-condition: distill is not none.
at::Tensor DistillationLoss(Distillation distill, double temperature, const at::Tensor& outputs,
                            const at::Tensor& teacher);

}  // namespace mcunas

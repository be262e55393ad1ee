#include "supernet/internal/losses.h"

#include "common/check.h"

namespace mcunas {
namespace {

constexpr double kMaxRatio = 5;  // of student to teacher: beta of AlphaNet

// One value per image: max(D_-1, D_1) of q = exp(log_q) to p = exp(log_p). With clipped ratios the
// gradient is not that of the value, so that it is made here: D_-1 = (sum q^2 / p - 1) / 2 and
// D_1 = sum p log(p / q) grow by q^2 / p and -p for every unit of log q.
at::Tensor AlphaDivergence(const at::Tensor& log_q, const at::Tensor& log_p) {
  const at::Tensor fixed = log_q.detach();
  const at::Tensor q = fixed.exp(), p = log_p.exp();
  const at::Tensor slope_above = q * (fixed - log_p).exp().clamp_max(kMaxRatio);
  const at::Tensor above = (slope_above.sum(1, /*keepdim=*/true) - 1) / 2;
  const at::Tensor below = (p * (log_p - fixed)).sum(1, /*keepdim=*/true);
  const at::Tensor is_above = above > below;
  const at::Tensor linear = (at::where(is_above, slope_above, -p) * log_q).sum(1);
  return at::where(is_above, above, below).squeeze(1) + linear - linear.detach();
}

}  // namespace

at::Tensor LabelLoss(Loss loss, const at::Tensor& outputs, const at::Tensor& labels,
                     double smoothing) {
  switch (loss) {
    case Loss::kCrossEntropy:
      return at::cross_entropy_loss(outputs, labels, {}, at::Reduction::Mean, -100, smoothing);
  }
  MCUNAS_CHECK(false, "a loss that nobody computes");
  return {};
}

at::Tensor DistillationLoss(Distillation distill, double temperature, const at::Tensor& outputs,
                            const at::Tensor& teacher) {
  const at::Tensor log_q = at::log_softmax(outputs / temperature, 1);
  const at::Tensor wanted = teacher.detach() / temperature;
  const double scale = temperature * temperature;
  switch (distill) {
    case Distillation::kInplace:
      return -(at::softmax(wanted, 1) * log_q).sum(1).mean() * scale;
    case Distillation::kAlpha:
      return AlphaDivergence(log_q, at::log_softmax(wanted, 1)).mean() * scale;
    case Distillation::kNone:
      break;
  }
  MCUNAS_CHECK(false, "a distillation without a teacher");
  return {};
}

}  // namespace mcunas

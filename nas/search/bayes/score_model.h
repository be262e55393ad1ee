// ScoreModel: architectures and their scores behind a Gaussian process. Chooses the coordinates,
// the scale of the scores and, when there is much more to learn from, the kernel.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nas/search/bayes/gaussian_process.h"
#include "nas/search/candidate_costs.h"

namespace mcunas {

// Coordinates of architectures: one per gene, its level scaled to [0, 1], and the logarithm of the
// MACs, 0 for the smallest network of the space and 2 for the largest.
class GeneCoordinates {
 public:
  GeneCoordinates(const SpaceConfig& space, CandidateCosts& costs);

  Eigen::VectorXd Of(const std::vector<uint8_t>& genes, double macs) const;

 private:
  std::vector<int> levels_;
  double log_smallest_ = 0;
  double log_range_ = 0;  // 0 where nobody knows MACs, or all have as many
};

class ScoreModel {
 public:
  // Takes over one more observation. Nothing is learned yet.
  void Observe(const Eigen::VectorXd& point) { waiting_.push_back(point); }
  // Learns what was observed. `gains`: of all observations, in order, larger is better. Far
  // outliers at the low end are moved to Tukey's fence: how bad a network is that nobody wants
  // bends no model. True when the kernel changed, that is when process() is another one.
  bool Learn(std::span<const double> gains);

  // Pre-condition: Learn was called.
  const GaussianProcess& process() const { return *process_; }
  bool learned() const { return process_.has_value(); }
  // The value that the process was told for a gain.
  double Scaled(double gain) const;

 private:
  void Scale(std::span<const double> gains);
  bool ChooseKernelAnew(const Eigen::VectorXd& targets);

  std::vector<Eigen::VectorXd> waiting_;
  std::optional<GaussianProcess> process_;
  double fence_ = 0, mean_ = 0, deviation_ = 1;
  Eigen::Index chosen_at_ = 0;  // observations when the kernel was chosen
};

}  // namespace mcunas

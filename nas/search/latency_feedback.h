// LatencyFeedback: measured latencies teach the model, the model predicts the rest.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "nas/evaluate/study.h"
#include "network/network.h"

namespace mcunas {

class LatencyModel;  // nas/evaluate/latency_model.h

// Keeps the networks of feasible candidates. The prediction in a measured candidate stays the one
// that was made before measuring, so that errors are honest. Borrows the model; null means none.
class LatencyFeedback {
 public:
  // `limit_ms`: the limit on latency; 0 = none.
  LatencyFeedback(LatencyModel* model, double limit_ms) : model_(model), limit_ms_(limit_ms) {}

  // A new feasible candidate: remembers its network and predicts its latency.
  void Add(CandidateRecord* record, Network network);
  // Refits on all measured candidates, predicts all others anew and judges all of them by the limit:
  // what a board or a better prediction says may bring a candidate outside it, or back. Returns the
  // positions of candidates whose numbers changed.
  std::vector<size_t> Refit(std::span<CandidateRecord> history);
  // Error and rank correlation of the predictions against the measurements, and the model as JSON.
  void Describe(std::span<const CandidateRecord> history, RoundRecord* round) const;

 private:
  void Judge(CandidateRecord* record) const;

  LatencyModel* model_;
  double limit_ms_;
  std::map<int64_t, Network> networks_;  // by candidate index
  size_t fitted_ = 0;                    // measurements in the latest fit
};

}  // namespace mcunas

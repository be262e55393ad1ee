#include "nas/evaluate/study.h"

#include <cmath>

#include "common/hash.h"

namespace mcunas {
namespace {

bool SameNumber(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

bool SameRecord(const RoundRecord& a, const RoundRecord& b) {
  return a.round == b.round && a.asked == b.asked && a.evaluated == b.evaluated &&
         a.infeasible == b.infeasible && a.measured == b.measured &&
         SameNumber(a.best_score, b.best_score) && SameNumber(a.hypervolume, b.hypervolume) &&
         SameNumber(a.latency_error, b.latency_error) && SameNumber(a.latency_tau, b.latency_tau) &&
         a.predictor_json == b.predictor_json;
}

Expected<void> Claim(Study& study, const std::string& name, const std::string& text,
                     const std::string& refusal) {
  const std::string identity = HashBytes(text).Hex();
  const auto known = study.RecallDecision(name);
  if (!known) return known.error();
  if (!known->has_value()) return study.RecordDecision(name, identity);
  if (**known == identity) return {};
  return Error{ErrorCode::kUsage, refusal};
}

}  // namespace mcunas

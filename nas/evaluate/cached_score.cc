#include "nas/evaluate/cached_score.h"

#include <algorithm>
#include <chrono>

namespace mcunas {
namespace {

constexpr const char* kKind = "accuracy";
constexpr const char* kImages = "images";
// Small enough that a kill loses little, large enough to share the batches of images.
constexpr size_t kCommitEvery = 4;

EvaluationResult Pack(const ScoreResult& accuracy, double seconds) {
  EvaluationResult result;
  result.metrics[metric::kAccuracy] = {accuracy.score, "ratio", Source::kMeasured};
  result.metrics[kImages] = {static_cast<double>(accuracy.images), "images", Source::kMeasured};
  result.seconds = seconds;
  return result;
}

Expected<ScoreResult> Unpack(const EvaluationResult& result) {
  const auto score = result.metrics.find(metric::kAccuracy);
  const auto images = result.metrics.find(kImages);
  if (score == result.metrics.end() || images == result.metrics.end()) {
    return Error{ErrorCode::kCorrupt, "the study holds an accuracy result without its numbers"};
  }
  return ScoreResult{score->second.value, static_cast<int>(images->second.value)};
}

}  // namespace

Expected<std::vector<ScoreResult>> CachedScore::Evaluate(std::span<const Architecture> batch) {
  std::vector<ScoreResult> results(batch.size());
  std::vector<size_t> missing;
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto known = study_.Recall(kKind, key_(batch[i]));
    if (!known) return known.error();
    if (!known->has_value()) {
      missing.push_back(i);
      continue;
    }
    const auto unpacked = Unpack(**known);
    if (!unpacked) return unpacked.error();
    results[i] = *unpacked;
  }
  for (size_t begin = 0; begin < missing.size(); begin += kCommitEvery) {
    if (stop_.stop_requested()) {
      return Error{ErrorCode::kInterrupted, "stopped while evaluating accuracy"};
    }
    const size_t count = std::min(kCommitEvery, missing.size() - begin);
    auto done = EvaluateMissing(batch, std::span(missing).subspan(begin, count), &results);
    if (!done) return done.error();
  }
  return results;
}

Expected<void> CachedScore::EvaluateMissing(std::span<const Architecture> batch,
                                            std::span<const size_t> missing,
                                            std::vector<ScoreResult>* results) {
  std::vector<Architecture> questions;
  for (const size_t i : missing) questions.push_back(batch[i]);
  const auto start = std::chrono::steady_clock::now();
  auto answers = inner_.Evaluate(questions);
  if (!answers) return answers.error();
  MCUNAS_CHECK(answers->size() == questions.size(), "one accuracy per architecture");
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::vector<std::pair<Hash128, EvaluationResult>> packed;
  for (size_t k = 0; k < missing.size(); ++k) {
    (*results)[missing[k]] = (*answers)[k];
    packed.emplace_back(key_(questions[k]),
                        Pack((*answers)[k], seconds / static_cast<double>(questions.size())));
  }
  return study_.Remember(kKind, packed);
}

}  // namespace mcunas

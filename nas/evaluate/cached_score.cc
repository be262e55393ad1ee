#include "nas/evaluate/cached_score.h"

#include <algorithm>
#include <chrono>

#include "common/check.h"
#include "nas/space/architecture.h"

namespace mcunas {
namespace {

constexpr const char* kImages = "images";
// Small enough that a kill loses little, large enough to share the batches of images.
constexpr size_t kCommitEvery = 4;

EvaluationResult Pack(const Score& score, const ScoreResult& reached, double seconds) {
  EvaluationResult result;
  result.metrics[score.name] = {reached.score, score.unit, Source::kMeasured};
  result.metrics[kImages] = {static_cast<double>(reached.images), "images", Source::kMeasured};
  result.outcomes = reached.outcomes;
  result.seconds = seconds;
  return result;
}

Expected<ScoreResult> Unpack(const Score& score, const EvaluationResult& result) {
  const auto value = result.metrics.find(score.name);
  const auto images = result.metrics.find(kImages);
  if (value == result.metrics.end() || images == result.metrics.end()) {
    return Error{ErrorCode::kCorrupt,
                 "the study holds a result of " + score.name + " without its numbers"};
  }
  return ScoreResult{value->second.value, static_cast<int>(images->second.value), result.outcomes};
}

}  // namespace

std::string CachedScore::KindOf(int images) const {
  return images == 0 ? score_.name : score_.name + "/first " + std::to_string(images);
}

Expected<std::vector<ScoreResult>> CachedScore::EvaluateFirst(std::span<const Architecture> batch,
                                                              int images) {
  std::vector<ScoreResult> results(batch.size());
  std::vector<size_t> missing;
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto known = study_.Recall(KindOf(images), key_(batch[i]));
    if (!known) return known.error();
    if (!known->has_value()) {
      missing.push_back(i);
      continue;
    }
    const auto unpacked = Unpack(score_, **known);
    if (!unpacked) return unpacked.error();
    results[i] = *unpacked;
  }
  for (size_t begin = 0; begin < missing.size(); begin += kCommitEvery) {
    if (stop_.stop_requested()) {
      return Error{ErrorCode::kInterrupted, "stopped while evaluating " + score_.name};
    }
    const size_t count = std::min(kCommitEvery, missing.size() - begin);
    auto done = EvaluateMissing(batch, std::span(missing).subspan(begin, count), images, &results);
    if (!done) return done.error();
  }
  return results;
}

Expected<void> CachedScore::EvaluateMissing(std::span<const Architecture> batch,
                                            std::span<const size_t> missing, int images,
                                            std::vector<ScoreResult>* results) {
  std::vector<Architecture> questions;
  for (const size_t i : missing) questions.push_back(batch[i]);
  const auto start = std::chrono::steady_clock::now();
  auto answers = images == 0 ? inner_.Evaluate(questions) : inner_.EvaluateFirst(questions, images);
  if (!answers) return answers.error();
  MCUNAS_CHECK(answers->size() == questions.size(), "one score per architecture");
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::vector<std::pair<Hash128, EvaluationResult>> packed;
  for (size_t k = 0; k < missing.size(); ++k) {
    (*results)[missing[k]] = (*answers)[k];
    packed.emplace_back(key_(questions[k]), Pack(score_, (*answers)[k],
                                                 seconds / static_cast<double>(questions.size())));
  }
  return study_.Remember(KindOf(images), packed);
}

}  // namespace mcunas

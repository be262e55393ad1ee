#include "nas/search/search_loop.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "common/check.h"
#include "common/config_dump.h"
#include "common/log.h"
#include "nas/evaluate/cached_score.h"
#include "nas/evaluate/latency_limit.h"
#include "nas/search/candidate_source.h"
#include "nas/search/finalist_rounds.h"
#include "nas/search/fitness.h"
#include "nas/search/latency_feedback.h"
#include "nas/search/result.h"
#include "nas/search/round_keeper.h"
#include "nas/search/screening.h"
#include "nas/search/starters.h"
#include "nas/search/yardstick.h"
#include "nas/space/architecture.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "network/hash_network.h"

namespace mcunas {
namespace {

// Rounds in a row without a single new network within the limits before the search gives up.
constexpr int kBarrenRounds = 3;

class SearchLoop {
 public:
  SearchLoop(const SearchSetup& setup, const SearchPorts& ports, const StopToken& stop)
      : setup_(setup),
        ports_(ports),
        stop_(stop),
        memory_(setup.space, setup.task.shape, setup.limits.latency_ms, *ports.memory,
                ports.latency),
        costs_(setup.space, setup.task.shape, *ports.memory, ports.latency,
               setup.limits.latency_ms),
        strategy_(MakeStrategy({setup.space, setup.search, setup.task.score, costs_})),
        starters_(Starters(setup.space, memory_,
                           static_cast<size_t>((setup.search.population + 1) / 2), setup.start)),
        source_(setup.space, setup.task.shape, static_cast<uint64_t>(setup.search.seed), *strategy_,
                memory_, starters_),
        scores_(setup.task.score, *ports.score, *ports.study, stop,
                [this](const Architecture& a) {
                  return NetworkHash(Lower(setup_.space, setup_.task.shape, a));
                }),
        screening_(setup.search, setup.task.score, scores_),
        latency_(ports.latency, setup.limits.latency_ms),
        finalists_(setup.search, ports.finalists, *ports.study),
        keeper_(*ports.study),
        yardstick_(setup, *ports.memory, ports.latency) {}

  Expected<SearchResult> Run() {
    if (auto loaded = keeper_.Load(); !loaded) return loaded.error();
    for (int round = 0; end_reason_.empty(); ++round) {
      if (stop_.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped between rounds"};
      if (auto done = RunRound(round); !done) return done.error();
      if (auto decided = DecideEnd(round); !decided) return decided.error();
    }
    if (evaluated_ == 0) {
      return Error{ErrorCode::kInfeasible,
                   "none of " + std::to_string(history_.size()) + " networks keeps the limits"};
    }
    SearchResult result;
    result.front = ParetoFront(history_, setup_.search, setup_.task.score);
    const auto k = static_cast<size_t>(setup_.top_k);
    result.best = WithStarters(history_, starters_,
                               ChooseBest(history_, setup_.search, setup_.task.score, k), k);
    result.history = std::move(history_);
    result.rounds = std::move(rounds_);
    result.end_reason = end_reason_;
    return result;
  }

 private:
  const Score& score() const { return setup_.task.score; }

  Expected<void> RunRound(int round) {
    const size_t first = history_.size();
    if (auto drawn = DrawPopulation(round); !drawn) return drawn;
    const std::vector<size_t> chosen = finalists_.Choose(history_);
    if (auto done = finalists_.Evaluate(chosen, round, stop_, history_); !done) return done;
    std::vector<size_t> changed = latency_.Refit(history_);
    if (!changed.empty()) costs_.ForgetLatency();
    changed.insert(changed.end(), chosen.begin(), chosen.end());
    changed.insert(changed.end(), rescored_.begin(), rescored_.end());
    rescored_.clear();
    TellAgain(changed);

    RoundRecord record = Summarise(round);
    const auto written = keeper_.Save(record, history_, first, changed);
    if (!written) return written.error();
    if (*written) LogRound(record);
    rounds_.push_back(std::move(record));
    return {};
  }

  // As many evaluated candidates as the population has members, in batches of the strategy's
  // choice.
  Expected<void> DrawPopulation(int round) {
    const int64_t before = evaluated_;
    const int64_t wanted =
        std::min(setup_.search.population, setup_.search.budget.evaluations - before);
    while (evaluated_ - before < wanted) {
      const size_t first = history_.size();
      const int64_t left = wanted - (evaluated_ - before);
      const int batch = static_cast<int>(std::min<int64_t>(strategy_->batch(), left));
      if (auto drawn = DrawBatch(batch, round); !drawn) return drawn;
      const auto evaluated = Usable(first);
      if (evaluated.empty()) break;
      strategy_->Tell(evaluated);
    }
    barren_ = evaluated_ == before ? barren_ + 1 : 0;
    return {};
  }

  // Appends new candidates to the history, those within the limits with score and prediction.
  Expected<void> DrawBatch(int wanted, int round) {
    std::vector<Draw> draws = source_.Next(wanted, round);
    const size_t first = history_.size();
    std::vector<size_t> fresh;
    for (Draw& draw : draws) {
      if (draw.record.usable()) {
        fresh.push_back(history_.size());
        latency_.Add(&draw.record, std::move(draw.network));
      }
      history_.push_back(std::move(draw.record));
    }
    const auto start = std::chrono::steady_clock::now();
    if (auto scored = screening_.Enter(fresh, history_); !scored) return scored;
    const auto promoted = screening_.Promote(history_);
    if (!promoted) return promoted.error();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    for (const size_t i : fresh)
      history_[i].seconds = spent.count() / static_cast<double>(fresh.size());
    std::vector<size_t> known;
    for (const size_t i : *promoted) {
      if (i < first) known.push_back(i);
    }
    TellAgain(known);
    rescored_.insert(rescored_.end(), known.begin(), known.end());
    evaluated_ += static_cast<int64_t>(fresh.size());
    return {};
  }

  std::vector<CandidateRecord> Usable(size_t first) const {
    std::vector<CandidateRecord> usable;
    for (size_t i = first; i < history_.size(); ++i) {
      if (history_[i].usable()) usable.push_back(history_[i]);
    }
    return usable;
  }

  void TellAgain(std::span<const size_t> positions) {
    std::vector<CandidateRecord> records;
    for (const size_t i : positions) records.push_back(history_[i]);
    if (!records.empty()) strategy_->Tell(records);
  }

  RoundRecord Summarise(int round) const {
    RoundRecord record;
    record.round = round;
    record.asked = static_cast<int64_t>(history_.size());
    record.evaluated = evaluated_;
    record.infeasible = record.asked - evaluated_;
    record.best_score = score().worst;
    for (const CandidateRecord& candidate : history_) {
      const auto value = MetricValue(candidate, score().name);
      if (candidate.usable() && value && score().IsBetter(*value, record.best_score))
        record.best_score = *value;
    }
    record.hypervolume = yardstick_.Hypervolume(history_);
    latency_.Describe(history_, &record);
    return record;
  }

  void LogRound(const RoundRecord& r) const {
    char line[256];
    int used = std::snprintf(line, sizeof line,
                             "round %d: %lld networks evaluated, %lld outside the limits, best "
                             "%s %.4f, hypervolume %.4f",
                             r.round, static_cast<long long>(r.evaluated),
                             static_cast<long long>(r.infeasible), score().name.c_str(),
                             r.best_score, r.hypervolume);
    std::string text(line, static_cast<size_t>(std::max(used, 0)));
    if (r.measured > 0) {
      used =
          std::snprintf(line, sizeof line,
                        "; latency of %lld measured: error of the predictions %.1f %%, tau %.3f",
                        static_cast<long long>(r.measured), 100 * r.latency_error, r.latency_tau);
      text.append(line, static_cast<size_t>(std::max(used, 0)));
    }
    LogInfo(text, {{"round", std::to_string(r.round)}});
  }

  // Sets end_reason_ when it is time.
  Expected<void> DecideEnd(int round) {
    if (evaluated_ >= setup_.search.budget.evaluations) {
      end_reason_ = std::to_string(evaluated_) + " networks evaluated";
    } else if (source_.exhausted()) {
      end_reason_ =
          "space exhausted after " + std::to_string(source_.distinct()) + " distinct networks";
    } else if (barren_ >= kBarrenRounds) {
      end_reason_ = "no new network within the limits in " + std::to_string(barren_) + " rounds";
    } else if (setup_.search.budget.wall_seconds > 0) {
      return DecideWall(round);
    }
    return {};
  }

  // The clock speaks once per round ("continue 61.5": seconds of search so far); a replay hears
  // what it said then, and its own time does not count.
  Expected<void> DecideWall(int round) {
    const std::string name = "wall/" + std::to_string(round);
    const auto known = ports_.study->RecallDecision(name);
    if (!known) return known.error();
    const auto now = std::chrono::steady_clock::now();
    std::string decision = known->value_or("");
    if (decision.empty()) {
      const double spent = spent_before_ + std::chrono::duration<double>(now - start_).count();
      const bool over = spent > setup_.search.budget.wall_seconds;
      decision = (over ? "stop " : "continue ") + std::to_string(spent);
      if (auto kept = ports_.study->RecordDecision(name, decision); !kept) return kept;
    } else {
      spent_before_ = std::strtod(decision.c_str() + decision.find(' '), nullptr);
      start_ = now;
    }
    if (decision.starts_with("stop")) end_reason_ = "time budget used up";
    return {};
  }

  const SearchSetup& setup_;
  const SearchPorts& ports_;
  const StopToken& stop_;
  LatencyGate memory_;
  CandidateCosts costs_;
  std::unique_ptr<SearchStrategy> strategy_;
  std::vector<Architecture> starters_;
  CandidateSource source_;
  CachedScore scores_;
  Screening screening_;
  LatencyFeedback latency_;
  FinalistRounds finalists_;
  RoundKeeper keeper_;
  Yardstick yardstick_;
  std::vector<CandidateRecord> history_;
  std::vector<size_t> rescored_;  // of this round, by more images
  std::vector<RoundRecord> rounds_;
  int64_t evaluated_ = 0;
  int barren_ = 0;
  std::string end_reason_;
  double spent_before_ = 0;  // seconds of search before start_
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What the files of search.start hold, wherever they lie.
std::string StartText(const std::vector<Architecture>& start) {
  std::string text;
  for (const Architecture& architecture : start) text += "," + ArchitectureToJson(architecture);
  return text;
}

// Empty without a limit, so that older studies go on.
std::string LatencyText(const TargetLimits& limits) {
  return limits.latency_ms > 0 ? "," + std::to_string(limits.latency_ms) : "";
}

// A study answers for one search only. The budget may differ: a longer search continues a shorter
// one.
Expected<void> ClaimStudy(const SearchSetup& setup, Study& study) {
  SearchConfig search = setup.search;
  search.budget = {};
  search.start.clear();
  SpaceConfig space = setup.space;
  PlanConfig plan = setup.plan;
  const std::string text =
      DumpConfig([&](ConfigVisitor& v) { Describe(v, space); }) +
      DumpConfig([&](ConfigVisitor& v) { Describe(v, search); }) +
      DumpConfig([&](ConfigVisitor& v) { Describe(v, plan); }) +
      std::to_string(setup.task.shape.image_channels) + "," +
      std::to_string(setup.task.shape.classes) + "," + std::to_string(setup.limits.sram.value) +
      "," + std::to_string(setup.limits.flash.value) + "," +
      std::to_string(setup.limits.macs.value) + LatencyText(setup.limits) + StartText(setup.start);
  return Claim(study, "search", text,
               "the study belongs to a search with another space, limits or settings; start a new "
               "run, or restore the configuration that it was made with");
}

Expected<void> CheckGoals(const SearchSetup& setup, const SearchPorts& ports) {
  if (setup.search.objectives.count(metric::kLatency) > 0 && ports.latency == nullptr) {
    return Error{ErrorCode::kUsage,
                 "search.objectives names latency_ms, but nothing predicts or measures latency"};
  }
  if (setup.limits.latency_ms > 0 && ports.latency == nullptr) {
    return Error{ErrorCode::kUsage,
                 "there is a limit on latency, but nothing predicts or measures it"};
  }
  for (const Score& other : KnownScores()) {
    if (other.name == setup.task.score.name || setup.search.objectives.count(other.name) == 0)
      continue;
    return Error{ErrorCode::kUsage, "search.objectives names " + other.name + "; the score of " +
                                        setup.task.name + " is " + setup.task.score.name};
  }
  return {};
}

}  // namespace

Expected<SearchResult> RunSearch(const SearchSetup& setup, const SearchPorts& ports,
                                 const StopToken& stop) {
  MCUNAS_CHECK(ports.score && ports.memory && ports.study, "a search needs its ports");
  if (auto checked = CheckGoals(setup, ports); !checked) return checked.error();
  if (auto claimed = ClaimStudy(setup, *ports.study); !claimed) return claimed.error();
  return SearchLoop(setup, ports, stop).Run();
}

}  // namespace mcunas

#include "nas/evaluate/space_choice.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <string>
#include <thread>

#include "common/check.h"
#include "common/random.h"
#include "nas/evaluate/board_memory.h"
#include "nas/evaluate/latency_limit.h"
#include "nas/evaluate/latency_model.h"
#include "nas/space/architecture.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"
#include "nas/space/variation.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

// Genotypes without their width and resolution: the same for every space of the grid.
std::vector<Architecture> DrawGenotypes(SpaceConfig space, const SpaceChoiceOptions& options) {
  space.width = {1.0};
  space.resolution = {1};
  std::vector<Architecture> genotypes;
  for (int64_t i = 0; i < options.samples; ++i) {
    RandomStream random(options.seed, "space choice", std::to_string(i));
    genotypes.push_back(Sample(space, &random));
  }
  return genotypes;
}

// Of a network that fits. The answer is that of LatencyGate.
bool InTime(const Network& network, const SpaceChoiceOptions& options) {
  const double limit_ms = options.limits.latency_ms;
  if (limit_ms <= 0) return true;
  const PlanCosts plan = CostsOf(network, ChoosePlanOptions(network, options.plan, options.limits));
  CandidateRecord record;
  StorePrediction(options.latency->Predict(network, plan.macs_factor), limit_ms, &record);
  return !CheckLatency(record, limit_ms);
}

void JudgeSpace(const SpaceConfig& space, const TaskShape& task, const SpaceChoiceOptions& options,
                std::vector<Architecture> genotypes, SpaceSample* sample) {
  for (Architecture& genotype : genotypes) {
    genotype.width = sample->width;
    genotype.resolution = sample->resolution;
    const Network network = Lower(space, task, genotype);
    switch (JudgeFit(network, options.plan, options.limits)) {
      case FitVerdict::kFits:
        if (InTime(network, options)) {
          sample->macs.push_back(NetworkMacs(network).value);
        } else {
          ++sample->over_latency;
        }
        break;
      case FitVerdict::kOverMacs:
        ++sample->over_macs;
        break;
      case FitVerdict::kOverFlash:
        ++sample->over_flash;
        break;
      case FitVerdict::kOverSram:
        ++sample->over_sram;
        break;
    }
  }
  std::sort(sample->macs.begin(), sample->macs.end());
}

// Spaces are dealt out one by one; each is judged by one thread from its own streams.
void JudgeSpaces(const SpaceConfig& space, const TaskShape& task, const SpaceChoiceOptions& options,
                 std::vector<SpaceSample>* spaces) {
  const std::vector<Architecture> genotypes = DrawGenotypes(space, options);
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < spaces->size(); i = next++) {
      JudgeSpace(space, task, options, genotypes, &(*spaces)[i]);
    }
  };
  std::vector<std::jthread> helpers;
  for (int t = 1; t < options.threads; ++t) helpers.emplace_back(work);
  work();
}

void Rank(double least_share, SpaceChoice* choice) {
  const double least = least_share * static_cast<double>(choice->samples);
  const auto competes = [&](size_t i) {
    const size_t fitting = choice->spaces[i].macs.size();
    return fitting > 0 && static_cast<double>(fitting) >= least;
  };
  std::vector<size_t>& order = choice->ranking;
  order.resize(choice->spaces.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (competes(a) != competes(b)) return competes(a);
    const SpaceSample &x = choice->spaces[a], &y = choice->spaces[b];
    if (x.mean_macs() != y.mean_macs()) return x.mean_macs() > y.mean_macs();
    return x.macs.size() > y.macs.size();
  });
  choice->competing = static_cast<size_t>(std::count_if(order.begin(), order.end(), competes));
}

Error NothingFits(const SpaceChoice& choice) {
  int64_t macs = 0, flash = 0, sram = 0, latency = 0;
  for (const SpaceSample& sample : choice.spaces) {
    macs += sample.over_macs;
    flash += sample.over_flash;
    sram += sample.over_sram;
    latency += sample.over_latency;
  }
  return {ErrorCode::kInfeasible,
          "none of " + std::to_string(choice.samples) + " sampled networks of any of " +
              std::to_string(choice.spaces.size()) + " spaces keeps the limits (" +
              std::to_string(macs) + " break the MACs limit, " + std::to_string(flash) +
              " of the others flash, " + std::to_string(sram) + " SRAM, " +
              std::to_string(latency) +
              " latency); raise target.limits or try smaller widths and resolutions"};
}

}  // namespace

SpaceGrid TinyNasGrid() {
  SpaceGrid grid;
  for (int tenth = 2; tenth <= 10; ++tenth) grid.width.push_back(tenth / 10.0);
  for (int side = 48; side <= 224; side += 16) grid.resolution.push_back(side);
  return grid;
}

double SpaceSample::mean_macs() const {
  if (macs.empty()) return 0;
  const int64_t sum = std::accumulate(macs.begin(), macs.end(), int64_t{0});
  return static_cast<double>(sum) / static_cast<double>(macs.size());
}

int64_t SpaceSample::Quantile(double share) const {
  MCUNAS_CHECK(share >= 0 && share <= 1, "a quantile's share lies in [0, 1]");
  if (macs.empty()) return 0;
  const double rank = std::ceil(share * static_cast<double>(macs.size()) - 1e-9);
  return macs[static_cast<size_t>(std::max(1.0, rank)) - 1];
}

FitVerdict JudgeFit(const Network& network, const PlanConfig& plan, const MemoryLimits& limits) {
  if (limits.macs.value > 0 && NetworkMacs(network) > limits.macs) return FitVerdict::kOverMacs;
  if (limits.flash.value > 0 && FlashBytes(network) > limits.flash) return FitVerdict::kOverFlash;
  return FitsSram(network, plan, limits) ? FitVerdict::kFits : FitVerdict::kOverSram;
}

Expected<SpaceChoice> ChooseSpace(const SpaceConfig& space, const TaskShape& task,
                                  const SpaceGrid& grid, const SpaceChoiceOptions& options) {
  MCUNAS_CHECK(options.limits.latency_ms <= 0 || options.latency != nullptr,
               "a limit on latency needs a model");
  MCUNAS_CHECK(options.samples > 0 && !grid.width.empty() && !grid.resolution.empty(),
               "a choice needs spaces and samples");
  SpaceChoice choice;
  choice.samples = options.samples;
  for (const double width : grid.width) {
    for (const Resolution& resolution : grid.resolution) {
      SpaceSample& sample = choice.spaces.emplace_back();
      sample.width = width;
      sample.resolution = resolution;
    }
  }
  JudgeSpaces(space, task, options, &choice.spaces);
  Rank(options.least_share, &choice);
  if (choice.best().macs.empty()) return NothingFits(choice);
  return choice;
}

}  // namespace mcunas

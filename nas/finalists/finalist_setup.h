// Finalists: candidates that are quantised, compiled and measured on the bench.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/run/experiment.h"
#include "nas/evaluate/ports.h"
#include "nas/evaluate/study.h"
#include "nas/finalists/candidate_build.h"
#include "supernet/supernet_service.h"

namespace mcunas {

// What finalists need from the run. Everything is borrowed and must outlive its users.
struct FinalistContext {
  const ExperimentConfig& config;
  const BoardProfile& target;  // whose limits count
  SupernetService& supernet;
  LatencyEvaluator* bench;  // nullptr: no boards; latency stays predicted
  Study& study;             // keeps raw measurements
  std::string run_folder;
  std::string run_key;  // prefix of idempotency keys, unique per run
};

// Implements the search's port: int8 accuracy on a part of the held-out split, latency and stack
// measured. A candidate failure (does not link, faults, wrong output) is recorded in the candidate;
// agents that are away delay the call. Errors: kInterrupted, or what the file system and the tools
// refuse.
std::unique_ptr<FinalistEvaluator> MakeFinalistEvaluator(const FinalistContext& context);

// How the run's networks are built: with the plans that its search chose.
BuildOptions BuildOptionsOf(const FinalistContext& context);

// Latency of a measurement in ms on the target: measured cycles over their clock, or emulated
// instructions times the target's cycles per instruction over its clock.
double LatencyMs(const Measurement& measurement, const BoardProfile& target);

// Measures one build on every board of the bench and writes ticks, latency, stack and arena into
// the record.
Expected<void> MeasureOnBench(const FinalistContext& context, const CandidateBuild& build,
                              const ImageBatch& calibration, CandidateRecord* record,
                              const StopToken& stop);

}  // namespace mcunas

#include "memory_model/report/plan_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/names.h"
#include "memory_model/limits.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/report/plan_format.h"
#include "network/hash_network.h"

namespace mcunas {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json GroupArray(const ExecutionPlan& plan, const MemoryReport& report) {
  ordered_json groups = ordered_json::array();
  for (const PlanGroup& g : plan.groups)
    groups.push_back({{"first", g.first},
                      {"last", g.last},
                      {"mode", GroupModeName(g.mode)},
                      {"strips", g.strips},
                      {"bands", g.bands},
                      {"segment", g.segment},
                      {"channel_tile", g.channel_tile},
                      {"bytes", GroupBytes(g, report).value}});
  return groups;
}

ordered_json TensorArray(const ExecutionPlan& plan) {
  ordered_json tensors = ordered_json::array();
  for (int t = kNetworkInput; t < plan.tensors.end_number(); ++t) {
    const TensorPlacement& p = plan.tensors[t];
    tensors.push_back({{"tensor", t},
                       {"offset", p.offset},
                       {"ring_pixels", p.ring_pixels},
                       {"width", p.width},
                       {"pixel_bytes", p.pixel_bytes},
                       {"region", p.region}});
  }
  return tensors;
}

ordered_json PlanObject(const ExecutionPlan& plan, const MemoryReport& report) {
  ordered_json moves = ordered_json::array();
  for (const TensorMove& m : plan.moves)
    moves.push_back(
        {{"group", m.group}, {"tensor", m.tensor}, {"offset", m.offset}, {"region", m.region}});
  ordered_json states = ordered_json::array();
  for (const StatePlacement& s : plan.states)
    states.push_back(
        {{"op", s.op}, {"offset", s.offset}, {"bytes", s.bytes}, {"region", s.region}});
  ordered_json regions = ordered_json::array();
  for (Bytes bytes : plan.more_regions) regions.push_back(bytes.value);
  return {{"macs_factor", plan.macs_factor},
          {"input_mode", InputModeName(plan.input_mode)},
          {"peak_operator", plan.peak_operator},
          {"live_bound_bytes", plan.live_bound.value},
          {"groups", GroupArray(plan, report)},
          {"tensors", TensorArray(plan)},
          {"moves", moves},
          {"states", states},
          {"more_regions_bytes", regions}};
}

ordered_json MemoryObject(const MemoryReport& r) {
  return {{"arena_bytes", r.arena.value},        {"scratch_bytes", r.scratch.value},
          {"input_bytes", r.input.value},        {"output_bytes", r.output.value},
          {"static_bytes", r.static_data.value}, {"stack_bytes", r.stack.value},
          {"total_bytes", r.total.value}};
}

ordered_json OperatorArray(const Network& network, const MemoryReport& report) {
  ordered_json operators = ordered_json::array();
  for (size_t i = 0; i < network.operators.size(); ++i) {
    const Operator& op = network.operators[i];
    const OperatorMemory& m = report.operators[i];
    operators.push_back({{"index", i},
                         {"op", OpName(op.kind)},
                         {"out_shape", {op.out.height, op.out.width, op.out.channels}},
                         {"macs", m.macs.value},
                         {"live_bytes", m.live.value},
                         {"scratch_bytes", m.scratch.value},
                         {"weight_bytes", m.weights.value},
                         {"constant_bytes", m.constants.value}});
  }
  return operators;
}

void AddSurvey(const ExecutionPlan& plan, const PlanSurvey& survey, ordered_json* root) {
  std::vector<ParetoPoint> front = survey.pareto;
  if (front.empty()) front.push_back({plan.arena, plan.macs_factor});
  (*root)["pareto"] = ordered_json::array();
  for (const ParetoPoint& point : front)
    (*root)["pareto"].push_back(
        {{"arena_bytes", point.arena.value}, {"macs_factor", point.macs_factor}});
  if (survey.order)
    (*root)["order"] = {{"method", OrderMethodName(survey.order->method)},
                        {"changed", survey.order->changed},
                        {"operators", survey.order->permutation}};
  if (!survey.inputs.empty()) (*root)["inputs"] = ordered_json::array();
  for (const InputFigures& input : survey.inputs)
    (*root)["inputs"].push_back({{"input_mode", InputModeName(input.mode)},
                                 {"macs_factor", input.macs_factor},
                                 {"memory", MemoryObject(input.memory)}});
  if (!survey.boards.empty()) (*root)["boards"] = ordered_json::array();
  for (const BoardFit& fit : survey.boards)
    (*root)["boards"].push_back({{"board", fit.board},
                                 {"fits", fit.fits()},
                                 {"several_regions", fit.several_regions},
                                 {"macs_factor", fit.macs_factor},
                                 {"sram_bytes", fit.sram.value},
                                 {"sram_limit_bytes", fit.sram_limit.value},
                                 {"flash_bytes", fit.flash.value},
                                 {"flash_limit_bytes", fit.flash_limit.value}});
}

// Thrown and caught inside this file only.
struct Failure {
  std::string message;
};

[[noreturn]] void Fail(const std::string& message) { throw Failure{message}; }

const json& Field(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) Fail(std::string("misses \"") + key + "\"");
  return object.at(key);
}

int64_t ToInteger(const json& object, const char* key) {
  const json& value = Field(object, key);
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() ||
                     value.get<uint64_t>() <= uint64_t{std::numeric_limits<int64_t>::max()});
  if (!fits) Fail(std::string("\"") + key + "\" must be an integer");
  return value.get<int64_t>();
}

int ToInt(const json& object, const char* key) {
  const int64_t value = ToInteger(object, key);
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
    Fail(std::string("\"") + key + "\" does not fit 32 bits");
  return static_cast<int>(value);
}

GroupMode ToGroupMode(const json& value) {
  const auto mode =
      value.is_string() ? ValueOf(kGroupModes, value.get<std::string>()) : std::nullopt;
  if (mode) return *mode;
  Fail("unknown group mode " + value.dump());
}

InputMode ToInputMode(const json& value) {
  const auto mode =
      value.is_string() ? ValueOf(kInputModes, value.get<std::string>()) : std::nullopt;
  if (mode) return *mode;
  Fail("unknown input mode " + value.dump());
}

const json& Array(const json& object, const char* key) {
  const json& value = Field(object, key);
  if (!value.is_array()) Fail(std::string("\"") + key + "\" must be a list");
  return value;
}

double ToFactor(const json& plan) {
  const json& value = Field(plan, "macs_factor");
  if (!value.is_number()) Fail("\"macs_factor\" must be a number");
  return value.get<double>();
}

PlanGroup ReadGroup(const json& g) {
  PlanGroup group;
  group.first = ToInt(g, "first");
  group.last = ToInt(g, "last");
  group.mode = ToGroupMode(Field(g, "mode"));
  group.strips = ToInt(g, "strips");
  group.bands = ToInt(g, "bands");
  group.segment = ToInt(g, "segment");
  group.channel_tile = ToInt(g, "channel_tile");
  return group;
}

void ReadPlacements(const json& object, ExecutionPlan* plan) {
  for (const json& t : Array(object, "tensors")) {
    if (ToInteger(t, "tensor") != plan->tensors.end_number()) Fail("\"tensors\" are not in order");
    plan->tensors.push_back({ToInteger(t, "offset"), ToInteger(t, "ring_pixels"), ToInt(t, "width"),
                             ToInt(t, "pixel_bytes"), ToInt(t, "region")});
  }
  for (const json& m : Array(object, "moves"))
    plan->moves.push_back(
        {ToInt(m, "group"), ToInt(m, "tensor"), ToInteger(m, "offset"), ToInt(m, "region")});
  for (const json& s : Array(object, "states"))
    plan->states.push_back(
        {ToInt(s, "op"), ToInteger(s, "offset"), ToInteger(s, "bytes"), ToInt(s, "region")});
  for (const json& bytes : Array(object, "more_regions_bytes")) {
    if (!bytes.is_number_integer()) Fail("\"more_regions_bytes\" must be integers");
    plan->more_regions.push_back(Bytes(bytes.get<int64_t>()));
  }
}

ExecutionPlan ReadPlan(const json& root) {
  const json& object = Field(root, "plan");
  ExecutionPlan plan;
  plan.macs_factor = ToFactor(object);
  plan.input_mode = ToInputMode(Field(object, "input_mode"));
  plan.peak_operator = ToInt(object, "peak_operator");
  plan.live_bound = Bytes(ToInteger(object, "live_bound_bytes"));
  for (const json& g : Array(object, "groups")) plan.groups.push_back(ReadGroup(g));
  ReadPlacements(object, &plan);
  const json& memory = Field(root, "memory");
  plan.arena = Bytes(ToInteger(memory, "arena_bytes"));
  plan.scratch = Bytes(ToInteger(memory, "scratch_bytes"));
  return plan;
}

// Limits that were asked for stand before those of the board.
void AddFit(const MemoryReport& report, const PlanSurvey& survey, ordered_json* root) {
  MemoryLimits limits = survey.board ? BoardLimits(*survey.board) : MemoryLimits{};
  if (survey.limits.sram.value > 0) limits.sram = survey.limits.sram;
  if (survey.limits.flash.value > 0) limits.flash = survey.limits.flash;
  ordered_json fits = {{"sram", true}, {"flash", true}};
  ordered_json missing;
  for (const LimitViolation& violation : CheckLimits(report, limits)) {
    fits[violation.what] = false;
    missing[violation.what + "_bytes"] = violation.needed - violation.limit;
  }
  if (survey.board || !missing.empty()) (*root)["fits"] = fits;
  if (!missing.empty()) (*root)["missing"] = missing;
}

}  // namespace

std::string PlanToJson(const Network& network, const ExecutionPlan& plan,
                       const MemoryReport& report, const PlanSurvey& survey) {
  const BoardProfile* board = survey.board;
  ordered_json root = {{"network", network.name},
                       {"hash", NetworkHash(survey.given ? *survey.given : network).Hex()},
                       {"macs", report.macs.value},
                       {"board", board ? ordered_json(board->name) : ordered_json(nullptr)},
                       {"plan", PlanObject(plan, report)},
                       {"memory", MemoryObject(report)},
                       {"flash",
                        {{"weight_bytes", report.weights.value},
                         {"constant_bytes", report.constants.value},
                         {"code_bytes", report.code.value},
                         {"total_bytes", report.flash_total.value}}},
                       {"peak_reason", report.peak_reason},
                       {"operators", OperatorArray(network, report)}};
  if (survey.macs_unfolded) root["macs_unfolded"] = survey.macs_unfolded->value;
  AddSurvey(plan, survey, &root);
  AddFit(report, survey, &root);
  return root.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Expected<ExecutionPlan> PlanFromJson(std::string_view text, const std::string& origin) {
  try {
    return ReadPlan(json::parse(text.begin(), text.end()));
  } catch (const Failure& failure) {
    return Error{ErrorCode::kCorrupt, origin + ": " + failure.message};
  } catch (const json::exception& e) {
    // "[json.exception.type.id] message": people need the message only.
    const std::string what = e.what();
    const size_t bracket = what.find("] ");
    return Error{ErrorCode::kCorrupt,
                 origin + ": " + (bracket == std::string::npos ? what : what.substr(bracket + 2))};
  }
}

}  // namespace mcunas

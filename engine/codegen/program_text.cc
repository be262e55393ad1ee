#include "engine/codegen/program_text.h"

#include "common/index.h"
#include "engine/codegen/kernel_choice.h"
#include "engine/codegen/parameters_text.h"
#include "engine/codegen/text_format.h"

namespace mcunas {
namespace {

std::string StepText(const ProgramTables& tables, const ProgramStep& s) {
  std::string kernel = "NULL, NULL";
  if (s.kernel != nullptr) {
    const KernelParameters& p = tables.parameters[Index(s.parameters)];
    kernel = std::string(s.kernel) + ", &op_" + ParameterLabel(p);
  }
  return Format("    {%s, %d, %d, %d, %d, %d, %d, %d, %d, %d},\n", kernel.c_str(), s.operands,
                s.operand_count, s.output, s.scratch, s.height, s.width, s.limit, s.flags, s.op);
}

std::string AxisText(const ProgramAxis& axis) {
  return Format("{%d, %d, %d, %d}", axis.stride, axis.upscale, axis.first, axis.last);
}

// "static const struct mcu_<name> <name>s[] = {...};"
std::string ArrayText(const std::string& type, const std::string& name, const std::string& rows) {
  return "\nstatic const struct mcu_" + type + " " + name + "[] = {\n" + rows + "};\n";
}

std::string PlacementsText(const ProgramTables& tables) {
  std::string text;
  for (const ProgramPlacement& p : tables.placements) {
    text += Format("    {%lld, %lld, %lld, %d, %d, %d},\n", static_cast<long long>(p.offset),
                   static_cast<long long>(p.ring_pixels), static_cast<long long>(p.pixel_bytes),
                   p.width, p.height, p.region);
  }
  return ArrayText("placement", "placements", text);
}

std::string MovesText(const ProgramTables& tables) {
  std::string text;
  for (const ProgramMove& m : tables.moves) {
    text += Format("    {%lld, %lld, %lld, %d, %d},\n", static_cast<long long>(m.from),
                   static_cast<long long>(m.to), static_cast<long long>(m.bytes), m.from_region,
                   m.to_region);
  }
  return text.empty() ? "" : ArrayText("move", "moves", text);
}

std::string TablesText(const GenerationInput& input) {
  const ProgramTables& tables = input.tables;
  std::string text, steps, operands, accesses, groups;
  for (const KernelParameters& p : tables.parameters) text += ParametersText(input, p);
  for (const ProgramStep& step : tables.steps) steps += StepText(tables, step);
  for (const ProgramOperand& o : tables.operands)
    operands += Format("    {%d, %d, %d, %d},\n", o.placement, o.producer, o.access, o.tile);
  for (const ProgramAccess& a : tables.accesses)
    accesses += "    {" + AxisText(a.rows) + ", " + AxisText(a.columns) + "},\n";
  for (const ProgramGroup& g : tables.groups)
    groups += Format("    {%d, %d, %d, %d, %d},\n", g.first, g.last, g.strips, g.bands, g.moves);
  text += ArrayText("step", "steps", steps) + PlacementsText(tables);
  text += ArrayText("operand", "operands", operands) + ArrayText("access", "accesses", accesses);
  text += ArrayText("group", "groups", groups);
  text += MovesText(tables);
  return text + Format(
                    "\nstatic const struct mcu_program program = {steps, placements, operands, "
                    "accesses, groups, %s, %zu};\n",
                    tables.moves.empty() ? "NULL" : "moves", tables.groups.size());
}

constexpr char kCheckText[] = R"(
/* Null pointers and arenas that are not 4-byte aligned. */
static int refused(@arena@, const void *input, const int8_t *output) {
  if (@null@input == NULL || output == NULL) return 1;
@aligned@  return 0;
}
)";

constexpr char kResidentText[] = R"(
int @name@_run_profiled(@arena@, const int8_t *input, int8_t *output,
                        @name@_profile_hook hook, void *user) {
  struct mcu_progress progress[@longest@];
  if (refused(@arguments@, input, output)) return 1;
@regions@  const struct mcu_caller caller = {regions, progress, NULL, NULL, hook, user};
  int8_t *resident = (int8_t *)regions[@input_region@] + @NAME@_INPUT_OFFSET;
  if (input != resident) memcpy(resident, input, @NAME@_INPUT_BYTES);
  mcu_run(&program, &caller);
@copies@  return 0;
}
)";

constexpr char kStreamedText[] = R"(
static int run(@arena@, @name@_read_row read_row, void *row_user, int8_t *output,
               @name@_profile_hook hook, void *user) {
  struct mcu_progress progress[@longest@];
@regions@  const struct mcu_caller caller = {regions, progress, read_row, row_user, hook, user};
  const int failed = mcu_run(&program, &caller);
  if (failed != 0) return failed;
@copies@  return 0;
}

int @name@_run_rows(@arena@, @name@_read_row read_row, void *user, int8_t *output) {
  if (read_row == NULL || refused(@arguments@, output, output)) return 1;
  return run(@arguments@, read_row, user, output, NULL, NULL);
}

/* user: where the pointer to the whole input stands. */
static int copy_row(void *user, int row, int8_t *destination) {
  const int8_t *const *input = user;
  memcpy(destination, *input + row * @NAME@_INPUT_ROW_BYTES, @NAME@_INPUT_ROW_BYTES);
  return 0;
}

int @name@_run_profiled(@arena@, const int8_t *input, int8_t *output,
                        @name@_profile_hook hook, void *user) {
  if (refused(@arguments@, input, output)) return 1;
  return run(@arguments@, copy_row, &input, output, hook, user);
}
)";

constexpr char kRunText[] = R"(
int @name@_run(@arena@, const int8_t *input, int8_t *output) {
  return @name@_run_profiled(@arguments@, input, output, NULL, NULL);
}
)";

// The parts of the texts that depend on the number of memory regions.
std::map<std::string, std::string> RunValues(const GenerationInput& input) {
  const ProgramTables& tables = input.tables;
  const ProgramPlacement& in = tables.placements[Index(tables.input)];
  std::string copies;
  int64_t next = 0;
  for (int at : tables.outputs) {
    const ProgramPlacement& p = tables.placements[Index(at)];
    const long long bytes = p.ring_pixels * p.pixel_bytes;
    copies +=
        Format("  memcpy(output + %lld, (int8_t *)regions[%d] + %lld, %lld);\n",
               static_cast<long long>(next), p.region, static_cast<long long>(p.offset), bytes);
    next += bytes;
  }
  std::map<std::string, std::string> values = {
      {"name", input.lower},
      {"NAME", input.upper},
      {"longest", std::to_string(tables.LongestGroup())},
      {"copies", copies},
      {"input_region", std::to_string(in.region)},
      {"arena", ArenaParameter(input)},
      {"arguments", "arena"},
      {"regions", "  void *const regions[] = {arena};\n"},
      {"null", "arena == NULL || "},
      {"aligned", "  if ((uintptr_t)arena % 4 != 0) return 1;\n"}};
  if (input.regions() == 1) return values;
  values["arguments"] = "arenas";
  values["regions"] = "  void *const *regions = arenas;\n";
  values["null"] = "arenas == NULL || ";
  values["aligned"] = "";
  for (int i = 0; i < input.regions(); ++i) {
    // A region that nothing lies in needs no memory.
    if (i > 0 && input.plan.more_regions[Index(i - 1)].value == 0) continue;
    values["aligned"] +=
        Format("  if (arenas[%d] == NULL || (uintptr_t)arenas[%d] %% 4 != 0) return 1;\n", i, i);
  }
  return values;
}

}  // namespace

std::string ArenaParameter(const GenerationInput& input) {
  return input.regions() == 1 ? "void *arena" : "void *const arenas[]";
}

std::string ProgramText(const GenerationInput& input) {
  const std::map<std::string, std::string> values = RunValues(input);
  std::string headers;
  for (const std::string& header : KernelHeaders(input.network.network))
    headers += "#include \"" + header + "\"\n";
  return Format("#include \"%s.h\"\n\n#include \"%s_weights.h\"\n%s#include \"mcu_run.h\"\n\n",
                input.lower.c_str(), input.lower.c_str(), headers.c_str()) +
         TablesText(input) + Fill(kCheckText, values) +
         Fill(input.resident() ? kResidentText : kStreamedText, values) + Fill(kRunText, values);
}

}  // namespace mcunas

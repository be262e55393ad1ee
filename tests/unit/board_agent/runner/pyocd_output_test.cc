#include "board_agent/runner/pyocd_output.h"

#include <gtest/gtest.h>

namespace mcunas {
namespace {

// What pyOCD 0.45 and 0.46 print, as recorded.
TEST(PyocdOutputTest, RecordedTextsFindTheirClass) {
  struct Case {
    const char* text;
    const char* kind;
  };
  for (const Case& c : {
           Case{"No connected debug probes\n", "probe_missing"},
           Case{"No connected debug probe matches unique ID '0123'\n", "probe_missing"},
           Case{"More than one debug probe matches unique ID '06'", "probe_missing"},
           Case{"0000305 E No target device available [load_cmd]", "probe_missing"},
           Case{"0000410 C Target type stm32f446retx not recognized. Use 'pyocd list --targets' to "
                "see currently available target types. [__main__]",
                "tool_missing"},
           Case{"0000800 C Error: Magic number does not match [__main__]", "bad_image"},
           Case{"0000800 C Error: [Errno 2] No such file: 'x.elf' [__main__]", "bad_image"},
           Case{"0001200 E Error while initing target: no core [commander]", "transfer_error"},
           Case{"Error: memory transfer failed", "transfer_error"},
           Case{"STLink error (11): Debug power error", "transfer_error"},
           Case{"flash program page failure (address 0x08004000; result code 0x1)", "flash_failed"},
           Case{"flash erase sector failure (address 0x08004000; result code 0x1)", "flash_failed"},
       }) {
    const RunFailure failure = ClassifyPyocdOutput(std::string("0000100 I Loading\n") + c.text);
    EXPECT_EQ(failure.kind, c.kind) << c.text;
    EXPECT_FALSE(failure.candidate);
    EXPECT_EQ(failure.message.find("Loading"), std::string::npos) << failure.message;
  }
}

TEST(PyocdOutputTest, CalmTextExplainsNothing) {
  EXPECT_TRUE(ClassifyPyocdOutput("").kind.empty());
  EXPECT_TRUE(ClassifyPyocdOutput("Loading... [====] 100%\nResetting target\n").kind.empty());
}

TEST(PyocdOutputTest, OnlyConnectionTroubleIsTriedAgain) {
  EXPECT_TRUE(IsConnectionTrouble({false, "transfer_error", ""}));
  EXPECT_TRUE(IsConnectionTrouble({false, "flash_failed", ""}));
  EXPECT_FALSE(IsConnectionTrouble({false, "probe_missing", ""}));
  EXPECT_FALSE(IsConnectionTrouble({false, "bad_image", ""}));
  EXPECT_FALSE(IsConnectionTrouble({true, "hard_fault", ""}));
}

}  // namespace
}  // namespace mcunas

#include "board_agent/runner/pyocd_output.h"

#include <gtest/gtest.h>

namespace mcunas {
namespace {

// What pyOCD 0.45 and 0.46 print, as recorded.
TEST(PyocdOutputTest, RecordedTextsFindTheirClass) {
  struct Case {
    const char* text;
    FailureKind kind;
  };
  for (const Case& c : {
           Case{"No connected debug probes\n", FailureKind::kProbeMissing},
           Case{"No connected debug probe matches unique ID '0123'\n", FailureKind::kProbeMissing},
           Case{"More than one debug probe matches unique ID '06'", FailureKind::kProbeMissing},
           Case{"0000305 E No target device available [load_cmd]", FailureKind::kProbeMissing},
           Case{"0000410 C Target type stm32f446retx not recognized. Use 'pyocd list --targets' to "
                "see currently available target types. [__main__]",
                FailureKind::kToolMissing},
           Case{"0000800 C Error: Magic number does not match [__main__]", FailureKind::kBadImage},
           Case{"0000800 C Error: [Errno 2] No such file: 'x.elf' [__main__]",
                FailureKind::kBadImage},
           Case{"0001200 E Error while initing target: no core [commander]",
                FailureKind::kTransferError},
           Case{"Error: memory transfer failed", FailureKind::kTransferError},
           Case{"STLink error (11): Debug power error", FailureKind::kTransferError},
           Case{"flash program page failure (address 0x08004000; result code 0x1)",
                FailureKind::kFlashFailed},
           Case{"flash erase sector failure (address 0x08004000; result code 0x1)",
                FailureKind::kFlashFailed},
       }) {
    const auto failure = ClassifyPyocdOutput(std::string("0000100 I Loading\n") + c.text);
    ASSERT_TRUE(failure.has_value()) << c.text;
    EXPECT_EQ(failure->kind, c.kind) << c.text;
    EXPECT_FALSE(BlamesCandidate(failure->kind));
    EXPECT_EQ(failure->message.find("Loading"), std::string::npos) << failure->message;
  }
}

TEST(PyocdOutputTest, CalmTextExplainsNothing) {
  EXPECT_FALSE(ClassifyPyocdOutput(""));
  EXPECT_FALSE(ClassifyPyocdOutput("Loading... [====] 100%\nResetting target\n"));
}

TEST(PyocdOutputTest, OnlyConnectionTroubleIsTriedAgain) {
  EXPECT_TRUE(IsConnectionTrouble({FailureKind::kTransferError, ""}));
  EXPECT_TRUE(IsConnectionTrouble({FailureKind::kFlashFailed, ""}));
  EXPECT_FALSE(IsConnectionTrouble({FailureKind::kProbeMissing, ""}));
  EXPECT_FALSE(IsConnectionTrouble({FailureKind::kBadImage, ""}));
  EXPECT_FALSE(IsConnectionTrouble({FailureKind::kHardFault, ""}));
}

}  // namespace
}  // namespace mcunas

#include "cli/model/read_model.h"

#include "cli/model/fold_model.h"
#include "network/operator_counts.h"
#include "tests/unit/cli/users_folder.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kHash = "333fddaae9c3";

class ReadModelTest : public UsersFolder {
 protected:
  static void WriteCandidate(const std::string& run, const std::string& hash = kHash) {
    Write("runs/" + run + "/candidates/" + hash + "/network.json", NetworkToJson(SmallNetwork()));
  }

  static Error Failure(const std::string& model) {
    const auto read = ReadModel(model);
    EXPECT_FALSE(read);
    return read.error();
  }
};

TEST_F(ReadModelTest, DescriptionHasNoWeights) {
  Write("n.json", NetworkToJson(SmallNetwork()));
  const auto model = ReadModel("n.json");
  ASSERT_TRUE(model);
  EXPECT_EQ(NetworkHash(model->network), NetworkHash(SmallNetwork()));
  EXPECT_FALSE(model->quantized);
  EXPECT_EQ(model->file, "n.json");
}

TEST_F(ReadModelTest, FileIsToldByItsContent) {
  for (const char* name : {"m.tflite", "m.json", "m"}) {
    WriteModel(name);
    const auto model = ReadModel(name);
    ASSERT_TRUE(model) << model.error().message;
    ASSERT_TRUE(model->quantized);
    EXPECT_EQ(model->quantized->network.operator_count(), SmallNetwork().operator_count());
  }
}

TEST_F(ReadModelTest, RoundingIsTheCallers) {
  WriteModel("m.tflite");
  EXPECT_EQ(ReadModel("m.tflite")->quantized->rounding_mode, RoundingMode::kTflite);
  EXPECT_EQ(ReadModel("m.tflite", "runs", RoundingMode::kTflm)->quantized->rounding_mode,
            RoundingMode::kTflm);
}

TEST_F(ReadModelTest, BrokenFilesAreNamed) {
  Write("cut.json", "{\"name\": \"n\", ");
  EXPECT_THAT(Failure("cut.json").message, HasSubstr("cut.json"));
  Write("empty.tflite", "");
  EXPECT_EQ(Failure("empty.tflite").code, ErrorCode::kCorrupt);
  EXPECT_THAT(Failure("empty.tflite").message, HasSubstr("empty.tflite"));
  EXPECT_EQ(Failure("nowhere.json").code, ErrorCode::kNotFound);
}

TEST_F(ReadModelTest, EveryTruncationIsAnErrorThatNamesTheFile) {
  WriteModel("m.tflite");
  const std::string whole = *ReadFile("m.tflite");
  const Hash128 hash = NetworkHash(ReadModel("m.tflite")->network);
  int refused = 0;
  for (size_t length = 0; length < whole.size(); length += 97) {
    Write("cut.tflite", whole.substr(0, length));
    const auto read = ReadModel("cut.tflite");
    if (read) {  // what is cut off the end may be padding that nobody reads
      EXPECT_EQ(NetworkHash(read->network), hash) << length;
      continue;
    }
    ++refused;
    EXPECT_THAT(read.error().message, HasSubstr("cut.tflite")) << length;
  }
  EXPECT_GT(refused, 0);
}

TEST_F(ReadModelTest, CandidateByTheBeginningOfItsHash) {
  WriteCandidate("one");
  for (const char* hash : {"333fdd", "333FDDAAE9C3", "333fddaae9c300000000000000000000"}) {
    const auto model = ReadModel(hash);
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->file, "runs/one/candidates/333fddaae9c3/network.json");
  }
  WriteCandidate("two");
  EXPECT_TRUE(ReadModel("333fdd")) << "the same network in two runs is one candidate";
}

TEST_F(ReadModelTest, AmbiguousUnknownAndShortHashes) {
  WriteCandidate("one");
  WriteCandidate("two", "333fddffffff");
  EXPECT_THAT(Failure("333fdd").message, HasSubstr("333fddaae9c3, 333fddffffff"));
  EXPECT_EQ(Failure("333fdd").code, ErrorCode::kUsage);
  EXPECT_EQ(Failure("444444").code, ErrorCode::kNotFound);
  EXPECT_THAT(Failure("333f").message, HasSubstr("6 digits or more"));
}

TEST_F(ReadModelTest, FileStandsBeforeAHash) {
  WriteCandidate("one");
  Write("333fddaae9c3", NetworkToJson(SmallNetwork()));
  EXPECT_EQ(ReadModel("333fddaae9c3")->file, "333fddaae9c3");
}

TEST_F(ReadModelTest, WeightsOfACandidate) {
  WriteCandidate("one");
  WriteModel("runs/one/candidates/333fddaae9c3/model.tflite");
  EXPECT_FALSE(ReadModel(kHash)->quantized);
  EXPECT_TRUE(ReadModel(kHash, "runs", RoundingMode::kTflite, true)->quantized);
  fs::remove("runs/one/candidates/333fddaae9c3/network.json");
  EXPECT_TRUE(ReadModel(kHash)->quantized) << "better than nothing";
  fs::remove("runs/one/candidates/333fddaae9c3/model.tflite");
  EXPECT_THAT(Failure(kHash).message, HasSubstr("neither network.json nor model.tflite"));
}

class FoldModelTest : public UsersFolder {
 protected:
  // Two of the eight channels of the first convolution are zero, whatever the image.
  static Model HalfDead() {
    QuantizedNetwork network = SmallModel();
    QuantizedParameters& conv = network.parameters[0];
    const size_t each = conv.weights.size() / 8;
    for (const size_t channel : {2u, 5u}) {
      std::fill_n(conv.weights.begin() + static_cast<ptrdiff_t>(channel * each), each, int8_t{0});
      conv.bias[channel] = 0;
    }
    return {network.network, network, "m.tflite"};
  }
};

TEST_F(FoldModelTest, FoldsUnlessSwitchedOff) {
  Model model = HalfDead();
  const Macs before = NetworkMacs(model.network);
  FoldFlags flags;
  flags.off = true;
  EXPECT_FALSE(FoldModel(flags, &model));
  EXPECT_EQ(NetworkMacs(model.network), before);
  flags.off = false;
  flags.options.channel_multiple = 1;
  const auto report = FoldModel(flags, &model);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->macs_before, before);
  EXPECT_EQ(report->macs_after, NetworkMacs(model.network));
  EXPECT_GE(report->channels_removed(), 4) << "of the convolution and of the depthwise";
  EXPECT_EQ(NetworkHash(model.network), NetworkHash(model.quantized->network));
  EXPECT_THAT(FoldText(*report), AllOf(HasSubstr("folded: "), HasSubstr("MACs left")));
}

TEST_F(FoldModelTest, DescriptionStays) {
  Model model{SmallNetwork(), std::nullopt, "n.json"};
  EXPECT_FALSE(FoldModel({}, &model));
}

}  // namespace
}  // namespace mcunas

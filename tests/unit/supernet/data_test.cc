// Resize, augmentation, batches, splits and the synthetic task.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "supernet/data/batches.h"
#include "supernet/data/resize.h"
#include "supernet/data/synthetic.h"

namespace mcunas {
namespace {

DataConfig Synthetic(int64_t train, int64_t test, int64_t holdout, int64_t size = 16) {
  DataConfig config;
  config.synthetic_train = train;
  config.synthetic_test = test;
  config.synthetic_size = size;
  config.holdout = holdout;
  return config;
}

TEST(Resizer, AveragesAreasWhenShrinking) {
  Resizer resizer({4, 4, 1}, 2, 2);
  const std::vector<float> in = {0, 2, 10, 10, 4, 6, 10, 10, 1, 1, 5, 7, 1, 1, 9, 11};
  std::vector<float> out(4);
  resizer.Apply(in.data(), out.data());
  EXPECT_EQ(out, (std::vector<float>{3, 10, 1, 8}));
}

TEST(Resizer, SplitsPixelsBetweenAreas) {
  Resizer resizer({1, 3, 1}, 1, 2);
  const std::vector<float> in = {3, 6, 9};
  std::vector<float> out(2);
  resizer.Apply(in.data(), out.data());
  EXPECT_NEAR(out[0], (3 + 0.5 * 6) / 1.5, 1e-6);
  EXPECT_NEAR(out[1], (0.5 * 6 + 9) / 1.5, 1e-6);
}

TEST(Resizer, InterpolatesWhenEnlargingAndKeepsConstants) {
  Resizer line({1, 2, 1}, 1, 4);
  const std::vector<float> in = {0, 8};
  std::vector<float> out(4);
  line.Apply(in.data(), out.data());
  EXPECT_EQ(out, (std::vector<float>{0, 2, 6, 8}));
  for (const int side : {5, 24, 32, 45}) {
    Resizer resizer({32, 32, 3}, side, side);
    const std::vector<float> flat(32 * 32 * 3, 7.0f);
    std::vector<float> resized(static_cast<size_t>(resizer.output().elements()));
    resizer.Apply(flat.data(), resized.data());
    for (const float value : resized) ASSERT_NEAR(value, 7.0f, 1e-5) << side;
  }
}

std::vector<float> Resized(const std::vector<float>& in, Shape from, int height, int width) {
  Resizer resizer(from, height, width);
  std::vector<float> out(static_cast<size_t>(resizer.output().elements()));
  resizer.Apply(in.data(), out.data());
  return out;
}

std::vector<float> RandomPixels(Shape shape, uint64_t seed) {
  RandomStream random(seed, "pixels");
  std::vector<float> pixels(static_cast<size_t>(shape.elements()));
  for (float& pixel : pixels) pixel = static_cast<float>(random.Below(256));
  return pixels;
}

TEST(Resizer, TheSameSizeChangesNothing) {
  for (const Shape shape : {Shape{7, 5, 3}, {1, 1, 1}, {16, 16, 1}}) {
    const std::vector<float> in = RandomPixels(shape, 1);
    EXPECT_EQ(Resized(in, shape, shape.height, shape.width), in);
  }
}

// A sum of images becomes the sum of what they become, and nothing leaves the range of its pixels.
TEST(Resizer, IsLinearAndKeepsTheRange) {
  const Shape shape = {9, 11, 3};
  const std::vector<float> a = RandomPixels(shape, 1), b = RandomPixels(shape, 2);
  std::vector<float> sum = a;
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += b[i];
  for (const auto& [height, width] : {std::pair{4, 5}, {9, 22}, {20, 3}, {13, 13}}) {
    const auto of_a = Resized(a, shape, height, width), of_b = Resized(b, shape, height, width);
    const auto of_sum = Resized(sum, shape, height, width);
    for (size_t i = 0; i < of_sum.size(); ++i) {
      ASSERT_NEAR(of_sum[i], of_a[i] + of_b[i], 1e-3) << height << " x " << width;
      ASSERT_GE(of_a[i], -1e-3);
      ASSERT_LE(of_a[i], 255.001);
    }
  }
}

AugmentOptions Options(bool flip, int crop, int cutout) { return {flip, crop, cutout, {99}}; }

TEST(Augment, SameStreamSameImageOtherStreamOtherImage) {
  std::vector<uint8_t> image(12 * 12), first(144), second(144), third(144);
  for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(i);
  RandomStream a(1, "augment", "0:0"), b(1, "augment", "0:0"), c(1, "augment", "0:1");
  Augment(image.data(), {12, 12, 1}, Options(true, 4, 4), &a, first.data());
  Augment(image.data(), {12, 12, 1}, Options(true, 4, 4), &b, second.data());
  Augment(image.data(), {12, 12, 1}, Options(true, 4, 4), &c, third.data());
  EXPECT_EQ(first, second);
  EXPECT_NE(first, third);
}

TEST(Augment, OffMeansUnchanged) {
  std::vector<uint8_t> image(144, 5), out(144);
  image[7] = 200;
  RandomStream random(1, "augment");
  Augment(image.data(), {12, 12, 1}, Options(false, 0, 0), &random, out.data());
  EXPECT_EQ(out, image);
}

TEST(Augment, FlipMirrorsHalfOfTheImages) {
  const std::vector<uint8_t> image = {1, 2, 3};
  const std::vector<uint8_t> mirrored = {3, 2, 1};
  RandomStream random(1, "augment");
  int flipped = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<uint8_t> out(3);
    Augment(image.data(), {1, 3, 1}, Options(true, 0, 0), &random, out.data());
    ASSERT_TRUE(out == image || out == mirrored);
    flipped += out == mirrored;
  }
  EXPECT_NEAR(flipped, 500, 80);
}

TEST(Augment, CutoutErasesASquareAndCropFillsWithTheMean) {
  const std::vector<uint8_t> image(400, 1);
  RandomStream random(3, "augment");
  for (int i = 0; i < 50; ++i) {
    std::vector<uint8_t> out(400);
    Augment(image.data(), {20, 20, 1}, Options(false, 0, 6), &random, out.data());
    const auto erased = std::count(out.begin(), out.end(), 99);
    EXPECT_GE(erased, 9);  // a corner keeps at least a quarter of the square
    EXPECT_LE(erased, 36);
    EXPECT_EQ(erased + std::count(out.begin(), out.end(), 1), 400);
  }
}

TEST(TaskData, SplitsAreDisjointCompleteAndSeeded) {
  const auto first = LoadTaskData(Synthetic(200, 20, 50), 16, 1);
  const auto again = LoadTaskData(Synthetic(200, 20, 50), 16, 1);
  const auto other = LoadTaskData(Synthetic(200, 20, 50), 16, 2);
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->train.count(), 150);
  EXPECT_EQ(first->holdout.count(), 50);
  EXPECT_EQ(first->test.count(), 20);
  EXPECT_EQ(first->train.pixels, again->train.pixels);
  EXPECT_NE(first->train.pixels, other->train.pixels);
  std::set<std::vector<uint8_t>> images;
  for (const ImageSet* set : {&first->train, &first->holdout, &first->test}) {
    for (int i = 0; i < set->count(); ++i) {
      images.insert({set->image(i), set->image(i) + set->shape.elements()});
    }
  }
  EXPECT_EQ(images.size(), 220u);  // no image stands in two splits
}

TEST(TaskData, HoldoutThatLeavesNothingIsAUsageError) {
  const auto data = LoadTaskData(Synthetic(50, 5, 50), 16, 1);
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::kUsage);
  EXPECT_NE(data.error().message.find("holdout"), std::string::npos);
}

TEST(TaskData, NormalisedTrainingImagesHaveMeanZeroAndDeviationOne) {
  const auto data = LoadTaskData(Synthetic(150, 5, 50), 16, 1);
  ASSERT_TRUE(data);
  const auto pixels = NormalisedImages(*data, data->train, 0, 100, 16);
  for (size_t c = 0; c < 3; ++c) {
    double sum = 0, squares = 0;
    for (size_t i = c; i < pixels.size(); i += 3)
      sum += pixels[i], squares += pixels[i] * pixels[i];
    const double n = static_cast<double>(pixels.size()) / 3;
    EXPECT_NEAR(sum / n, 0, 1e-3);
    EXPECT_NEAR(squares / n, 1, 1e-3);
  }
}

TEST(BatchMaker, BatchesDependOnEpochAndIndexAlone) {
  const auto data = LoadTaskData(Synthetic(120, 5, 20), 16, 1);
  ASSERT_TRUE(data);
  BatchOptions options{32, 9, "", {true, 2, 4, {128, 128, 128}}};
  BatchMaker in_order(&*data, options), later(&*data, options);
  ASSERT_EQ(in_order.steps_per_epoch(), 3);
  in_order.Make(0, 0, {16});
  in_order.Make(0, 2, {16});
  const TrainBatch a = in_order.Make(1, 1, {12, 16}), b = later.Make(1, 1, {12, 16});
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.pixels, b.pixels);
  EXPECT_EQ(a.pixels.at(12).size(), 32u * 12 * 12 * 3);
  EXPECT_NE(a.pixels.at(16), later.Make(1, 2, {16}).pixels.at(16));
  EXPECT_NE(a.pixels.at(16), later.Make(2, 1, {16}).pixels.at(16));
}

// Half as wide: each pixel is the mean of two neighbours of a row.
TEST(BatchMaker, MakesImagesThatAreNotSquare) {
  const auto data = LoadTaskData(Synthetic(120, 5, 20), 16, 1);
  ASSERT_TRUE(data);
  BatchMaker maker(&*data, {4, 9, "", {true, 2, 4, {128, 128, 128}}});
  const TrainBatch batch = maker.Make(0, 0, {16, Resolution(16, 8)});
  const std::vector<float>&square = batch.pixels.at(16), &narrow = batch.pixels.at({16, 8});
  ASSERT_EQ(narrow.size(), 4u * 16 * 8 * 3);
  for (size_t i = 0; i < narrow.size(); ++i) {
    const size_t left = i / 3 * 6 + i % 3;
    ASSERT_NEAR(narrow[i], (square[left] + square[left + 3]) / 2, 1e-5) << i;
  }
}

TEST(Prefetcher, DeliversInOrderAndStopsEarly) {
  const auto numbered = [](int64_t item) { return TrainBatch{{item}, {}}; };
  Prefetcher all(3, 40, numbered);
  for (int64_t i = 3; i < 40; ++i) ASSERT_EQ(all.Next().labels[0], i);
  Prefetcher abandoned(0, 1'000'000'000, numbered);  // the destructor must not wait for the end
  EXPECT_EQ(abandoned.Next().labels[0], 0);
}

// Nearest neighbour on the mean and spread of every channel: the strongest colour-only classifier.
double ColourOnlyAccuracy(const RawDataset& data) {
  const auto features = [](const ImageSet& set) {
    std::vector<std::array<double, 3>> rows;
    for (int i = 0; i < set.count(); ++i) {
      std::array<double, 3> mean = {};
      const int64_t n = set.shape.elements();
      for (int64_t p = 0; p < n; ++p) {
        mean[static_cast<size_t>(p % 3)] += 3.0 * set.image(i)[p] / static_cast<double>(n);
      }
      rows.push_back(mean);
    }
    return rows;
  };
  const auto train = features(data.train), test = features(data.test);
  int right = 0;
  for (size_t i = 0; i < test.size(); ++i) {
    double best = std::numeric_limits<double>::max();
    int label = -1;
    for (size_t j = 0; j < train.size(); ++j) {
      double distance = 0;
      for (size_t c = 0; c < 3; ++c) distance += std::pow(test[i][c] - train[j][c], 2);
      if (distance < best) best = distance, label = data.train.labels[j];
    }
    right += label == data.test.labels[i];
  }
  return right / static_cast<double>(test.size());
}

TEST(Synthetic, ColoursSayNothingAboutTheClass) {
  const RawDataset data = MakeSynthetic(Synthetic(2000, 1000, 1), 3);
  EXPECT_LT(ColourOnlyAccuracy(data), 0.15);  // chance is 0.10 +- 0.01
}

TEST(Synthetic, HasTenBalancedClasses) {
  const RawDataset data = MakeSynthetic(Synthetic(2000, 1, 1), 3);
  ASSERT_EQ(data.class_names.size(), 10u);
  for (int label = 0; label < 10; ++label) {
    EXPECT_NEAR(std::count(data.train.labels.begin(), data.train.labels.end(), label), 200, 60);
  }
}

}  // namespace
}  // namespace mcunas

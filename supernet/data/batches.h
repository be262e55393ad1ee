// Turns splits into float batches at the resolutions that a step needs; off the training thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/resolution.h"
#include "supernet/data/augment.h"
#include "supernet/data/task_data.h"

namespace mcunas {

struct TrainBatch {
  std::vector<int64_t> labels;
  std::map<Resolution, std::vector<float>> pixels;  // normalised [N,H,W,C]
};

// Normalised images [first, first + count) of a split at one resolution, never augmented.
std::vector<float> NormalisedImages(const TaskData& data, const ImageSet& split, int first,
                                    int count, const Resolution& resolution);

struct BatchOptions {
  int batch = 128;
  uint64_t seed = 0;
  std::string scope;  // tells the random streams of one training from those of another
  AugmentOptions augment;
};

// Augmented training batches. Every batch depends on (seed, scope, epoch, index) alone.
class BatchMaker {
 public:
  // `data` must outlive the maker. The last, incomplete batch of an epoch is dropped.
  BatchMaker(const TaskData* data, BatchOptions options);

  int batch_size() const { return options_.batch; }
  int64_t steps_per_epoch() const;
  TrainBatch Make(int64_t epoch, int64_t index, const std::set<Resolution>& resolutions);

 private:
  const TaskData* data_;
  BatchOptions options_;
  int64_t shuffled_epoch_ = -1;
  std::vector<int> order_;
};

// Makes items [first, end) in order on a thread of its own, a few ahead of the reader.
class Prefetcher {
 public:
  Prefetcher(int64_t first, int64_t end, std::function<TrainBatch(int64_t)> make);
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  // The next item; call at most end - first times.
  TrainBatch Next();

 private:
  void Work(int64_t first, int64_t end);

  std::function<TrainBatch(int64_t)> make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<TrainBatch> ready_;
  bool stopping_ = false;
  std::thread worker_;  // last: starts when everything above is there
};

}  // namespace mcunas

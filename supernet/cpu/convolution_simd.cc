// Convolutions as products: a few images at a time are normalised and activated once, windows of
// them laid out as rows while they are in the cache, and on the way back the windows' gradients are
// added up where they overlap. Any kernel, stride and padding. Compiled once per instruction set.
#include "supernet/cpu/convolution_simd.h"

#include "supernet/cpu/maps_simd.h"
#include "supernet/cpu/product_tiles.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {
namespace {

constexpr int64_t kGroupRows = 4 * kRowBlock;  // small maps go together, or tiles would stay empty

int Channels(const ProductShape& s) { return s.inputs / (s.kernel * s.kernel); }
int64_t ImagePixels(const ProductShape& s) { return int64_t{s.height} * s.width; }
int64_t ImageRows(const ProductShape& s) { return int64_t{s.out_height} * s.out_width; }
int64_t GroupImages(const ProductShape& s) {
  return (kGroupRows + ImageRows(s) - 1) / ImageRows(s);
}

// Whole images [first, first + images) of the part that a call works on.
struct Group {
  int64_t first, images;
};

// body(group) for all groups. A map that is read as it is needs no room and is one group.
template <typename Body>
void ForEachGroup(const ProductShape& s, const LazyMap& in, const Body& body) {
  const int64_t images = s.rows / ImageRows(s);
  const int64_t step = in.scale == nullptr ? images : GroupImages(s);
  for (int64_t first = 0; first < images; first += step) {
    body(Group{first, images - first < step ? images - first : step});
  }
}

// The images of a group as readers see them.
const float* Seen(const ProductShape& s, const LazyMap& in, const Group& group, float* room) {
  const LazyMap map = From(in, group.first * ImagePixels(s) * Channels(s));
  if (map.scale == nullptr) return map.x;
  Materialise({group.images * ImagePixels(s), Channels(s)}, map, {}, room);
  return room;
}

// Where a few channels would not fill a register.
using Four = float __attribute__((vector_size(16), aligned(4), may_alias));
Four& At4(float* at) { return *reinterpret_cast<Four*>(at); }
const Four& At4(const float* at) { return *reinterpret_cast<const Four*>(at); }

void Copy(const float* from, int count, float* to) {
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) Store(Load(from + i), to + i);
  for (; i + 4 <= count; i += 4) At4(to + i) = At4(from + i);
  for (; i < count; ++i) to[i] = from[i];
}

void AddTo(const float* from, int count, float* to) {
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) Accumulate(Load(from + i), to + i);
  for (; i + 4 <= count; i += 4) At4(to + i) += At4(from + i);
  for (; i < count; ++i) to[i] += from[i];
}

// An output pixel of a group, and its window as far as it lies inside the map.
class Window {
 public:
  Window(const ProductShape& s, int64_t row) : s_(s), channels_(Channels(s)) {
    image_ = row / ImageRows(s);
    const auto place = static_cast<int>(row - image_ * ImageRows(s));
    line_ = place / s.out_width;
    column_ = place - line_ * s.out_width;
  }

  void Next() {
    if (++column_ < s_.out_width) return;
    column_ = 0;
    if (++line_ < s_.out_height) return;
    line_ = 0;
    ++image_;
  }

  // body(floats of the window before the piece, floats of the map before it, length) for each row.
  template <typename Body>
  void ForEachPiece(const Body& body) const {
    const int top = line_ * s_.stride - s_.padding, left = column_ * s_.stride - s_.padding;
    const int from = left < 0 ? 0 : left;
    const int end = left + s_.kernel < s_.width ? left + s_.kernel : s_.width;
    if (from >= end) return;
    const int64_t first = image_ * s_.height + top;
    for (int y = 0; y < s_.kernel; ++y) {
      if (top + y < 0 || top + y >= s_.height) continue;
      body((y * s_.kernel + from - left) * channels_, ((first + y) * s_.width + from) * channels_,
           (end - from) * channels_);
    }
  }

 private:
  const ProductShape& s_;
  int channels_;
  int64_t image_;
  int line_, column_;
};

// The windows around `count` pixels from `first` on, as rows.
void PackWindows(const ProductShape& s, const float* map, int64_t first, int count,
                 const RowPlaces& rows) {
  Window window(s, first);
  for (int r = 0; r < count; ++r, window.Next()) {
    float* to = rows.at(r, 0);
    int written = 0;
    window.ForEachPiece([&](int at, int64_t place, int length) {
      Clear(to + written, at - written);
      Copy(map + place, length, to + at);
      written = at + length;
    });
    Clear(to + written, s.inputs - written);
  }
}

// Adds rows [count][inputs] to the map where their windows lie.
void AddWindows(const ProductShape& s, const float* rows, int64_t first, int count, float* map) {
  Window window(s, first);
  for (int r = 0; r < count; ++r, window.Next()) {
    window.ForEachPiece([&](int at, int64_t place, int length) {
      AddTo(rows + int64_t{r} * s.inputs + at, length, map + place);
    });
  }
}

// Scratch of a call: that of a block of rows, then a group of images.
struct Room {
  float* gradient;
  RowPlaces rows;
  float* images;
  Room(const ProductShape& s, float* scratch)
      : gradient(scratch),
        rows{gradient + kRowBlock * RoundUp(s.outputs, kLanes), RoundUp(s.inputs, kLanes)},
        images(scratch + BlockScratch(s)) {}
};

// One group of the way back.
class BackwardGroup {
 public:
  BackwardGroup(const ProductBackward& call, const Group& group)
      : call_(call), s_(call.shape), room_(s_, call.scratch), group_(group) {
    const int64_t image = ImagePixels(s_) * Channels(s_), at = group.first * image;
    size_ = group.images * image;
    if (call.din != nullptr) din_ = call.din + at;
    if (call.addend != nullptr) addend_ = call.addend + at;
    in_ = From(call.in, at);
  }

  void Run() const {
    const float* images = Seen(s_, call_.in, group_, room_.images);
    Begin();
    const int64_t end = group_.images * ImageRows(s_);
    for (int64_t first = 0; first < end; first += kRowBlock) {
      Block(images, first, RowsOfBlock(first, end));
    }
    if (din_ == nullptr || call_.sums.sums == nullptr) return;
    SumGradients({group_.images * ImagePixels(s_), Channels(s_)}, in_, din_, call_.sums);
  }

 private:
  // The gradient that windows are added to.
  void Begin() const {
    if (din_ == nullptr || din_ == addend_) return;
    for (int64_t i = 0; i < size_; ++i) din_[i] = addend_ == nullptr ? 0.0f : addend_[i];
  }

  void Block(const float* images, int64_t first, int count) const {
    const int64_t outputs = RoundUp(s_.outputs, kLanes);
    const int64_t row = group_.first * ImageRows(s_) + first;
    PackGradient(From(call_.dout, row * s_.outputs), s_.outputs, count, {room_.gradient, outputs});
    ClearRows(room_.gradient, count, outputs);
    PackWindows(s_, images, first, count, room_.rows);
    ForEachPanel(
        s_.inputs, count,
        WeightGradientBlock{call_, room_.gradient, room_.rows.to, room_.rows.pitch, count});
    if (din_ == nullptr) return;
    ProductBackward windows = call_;
    windows.din = room_.rows.to;  // nobody reads them any more
    windows.addend = nullptr;
    windows.sums = {};
    ForEachPanel(s_.inputs, s_.outputs, InputGradientBlock{windows, room_.gradient, 0, count});
    AddWindows(s_, windows.din, first, count, din_);
  }

  const ProductBackward& call_;
  const ProductShape& s_;
  Room room_;
  Group group_;
  int64_t size_;
  float* din_ = nullptr;
  const float* addend_ = nullptr;
  LazyMap in_;
};

}  // namespace

int64_t ConvolutionScratch(const ProductShape& s) {
  return BlockScratch(s) + GroupImages(s) * ImagePixels(s) * Channels(s);
}

void ConvolveForward(const ProductForward& call) {
  const ProductShape& s = call.shape;
  const Room room(s, call.scratch);
  ForEachGroup(s, call.in, [&](const Group& group) {
    const float* images = Seen(s, call.in, group, room.images);
    const int64_t begin = group.first * ImageRows(s), end = group.images * ImageRows(s);
    for (int64_t first = 0; first < end; first += kRowBlock) {
      const int count = RowsOfBlock(first, end);
      PackWindows(s, images, first, count, room.rows);
      ClearRows(room.rows.to, count, room.rows.pitch);
      ForEachPanel(s.outputs, s.inputs, ForwardBlock{call, room.rows.to, begin + first, count});
    }
  });
}

void ConvolveBackward(const ProductBackward& call) {
  ForEachGroup(call.shape, call.in, [&](const Group& group) { BackwardGroup(call, group).Run(); });
}

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas

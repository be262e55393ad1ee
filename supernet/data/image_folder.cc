// libjpeg's header needs <cstdio> before it.
#include "supernet/data/image_folder.h"

#include <cstdio>

#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csetjmp>

#include "common/file.h"
#include "supernet/data/resize.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

struct Picture {
  Shape shape;  // always 3 channels
  std::vector<uint8_t> pixels;
};

constexpr int kMaxPictureSide = 16384;

Error Broken(const fs::path& path, const std::string& why) {
  return {ErrorCode::kCorrupt, path.string() + ": " + why};
}

Expected<Picture> DecodePng(const fs::path& path, const std::vector<uint8_t>& bytes) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) {
    return Broken(path, std::string("not a readable PNG: ") + image.message);
  }
  image.format = PNG_FORMAT_RGB;
  Picture picture;
  if (image.width > kMaxPictureSide || image.height > kMaxPictureSide) {
    png_image_free(&image);
    return Broken(path, "larger than 16384 pixels");
  }
  picture.shape = {static_cast<int>(image.height), static_cast<int>(image.width), 3};
  picture.pixels.resize(PNG_IMAGE_SIZE(image));
  const png_color black = {0, 0, 0};  // what shows through transparent pixels
  const int done = png_image_finish_read(&image, &black, picture.pixels.data(), 0, nullptr);
  // Warnings count as damage: libpng warns where a stream ends early and pads with zeros.
  if (!done || image.warning_or_error != 0) {
    return Broken(path, std::string("damaged PNG: ") + image.message);
  }
  return picture;
}

// libjpeg reports errors through a callback that must not return.
struct JpegErrors {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message;
};

void ThrowJpegError(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->message.data());
  std::longjmp(errors->jump, 1);
}

void IgnoreMessage(j_common_ptr) {}

// Everything with a destructor lives outside, because longjmp runs none.
bool ReadJpeg(const std::vector<uint8_t>& bytes, JpegErrors* errors, jpeg_decompress_struct* info,
              Picture* picture) {
  if (setjmp(errors->jump)) return false;
  jpeg_mem_src(info, bytes.data(), bytes.size());
  jpeg_read_header(info, TRUE);
  info->out_color_space = JCS_RGB;
  info->dct_method = JDCT_ISLOW;
  jpeg_start_decompress(info);
  picture->shape = {static_cast<int>(info->output_height), static_cast<int>(info->output_width), 3};
  if (info->output_width > kMaxPictureSide || info->output_height > kMaxPictureSide) return false;
  picture->pixels.resize(static_cast<size_t>(picture->shape.elements()));
  while (info->output_scanline < info->output_height) {
    JSAMPROW row = picture->pixels.data() + info->output_scanline * picture->shape.row_elements();
    jpeg_read_scanlines(info, &row, 1);
  }
  jpeg_finish_decompress(info);
  return true;
}

Expected<Picture> DecodeJpeg(const fs::path& path, const std::vector<uint8_t>& bytes) {
  Picture picture;
  JpegErrors errors = {};
  jpeg_decompress_struct info = {};
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = ThrowJpegError;
  errors.base.output_message = IgnoreMessage;
  jpeg_create_decompress(&info);
  const bool done = ReadJpeg(bytes, &errors, &info, &picture);
  // A truncated file is only a warning to libjpeg.
  const bool warned = errors.base.num_warnings > 0;
  jpeg_destroy_decompress(&info);
  if (!done) return Broken(path, std::string("not a readable JPEG: ") + errors.message.data());
  if (warned) return Broken(path, "damaged JPEG: it ends too early or holds corrupt data");
  return picture;
}

std::string LowerExtension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool IsPicture(const fs::path& path) {
  const std::string extension = LowerExtension(path);
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

Expected<void> AppendPicture(const fs::path& path, const Resolution& size, ImageSet* set) {
  const auto bytes = ReadBytes(path);
  if (!bytes) return bytes.error();
  auto picture =
      LowerExtension(path) == ".png" ? DecodePng(path, *bytes) : DecodeJpeg(path, *bytes);
  if (!picture) return picture.error();
  Resizer resizer(picture->shape, size.height, size.width);
  const std::vector<float> source(picture->pixels.begin(), picture->pixels.end());
  std::vector<float> resized(static_cast<size_t>(resizer.output().elements()));
  resizer.Apply(source.data(), resized.data());
  for (const float value : resized) set->pixels.push_back(static_cast<uint8_t>(std::lround(value)));
  return {};
}

std::vector<fs::path> SortedEntries(const fs::path& folder, bool folders) {
  std::vector<fs::path> entries;
  std::error_code error, no_target;  // of a link in a circle
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const bool wanted = folders ? entry.is_directory(no_target) : IsPicture(entry.path());
    if (wanted) entries.push_back(entry.path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

Expected<ImageSet> ReadSplit(const fs::path& folder, const std::vector<std::string>& classes,
                             const Resolution& size) {
  ImageSet set;
  set.shape = {size.height, size.width, 3};
  for (size_t label = 0; label < classes.size(); ++label) {
    for (const fs::path& file : SortedEntries(folder / classes[label], false)) {
      if (auto read = AppendPicture(file, size, &set); !read) return read.error();
      set.labels.push_back(static_cast<int>(label));
    }
  }
  if (set.labels.empty()) {
    return Error{ErrorCode::kNotFound, folder.string() + ": no PNG or JPEG files in class folders"};
  }
  return set;
}

}  // namespace

Expected<RawDataset> LoadImageFolder(const fs::path& root, const Resolution& size) {
  RawDataset data;
  for (const fs::path& folder : SortedEntries(root / "train", true)) {
    data.class_names.push_back(folder.filename().string());
  }
  if (data.class_names.size() < 2) {
    return Error{ErrorCode::kNotFound, (root / "train").string() +
                                           ": needs one folder of PNG or JPEG files per class, "
                                           "at least two"};
  }
  auto train = ReadSplit(root / "train", data.class_names, size);
  if (!train) return train.error();
  auto test = ReadSplit(root / "test", data.class_names, size);
  if (!test) return test.error();
  data.train = std::move(*train);
  data.test = std::move(*test);
  return data;
}

}  // namespace mcunas

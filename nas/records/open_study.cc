#include "nas/records/open_study.h"

#include <string_view>

#include "nas/records/sqlite_study_internal.h"

namespace mcunas {
namespace {

enum class Purpose { kWrite, kRead };

// One kind of place where studies are kept.
struct Backend {
  std::string_view prefix;  // what its URLs begin with
  const char* form;         // as messages show them
  Expected<std::unique_ptr<Study>> (*open)(const std::string& rest, Purpose purpose);
};

Expected<std::unique_ptr<Study>> OpenSqlite(const std::string& path, Purpose purpose) {
  return OpenSqliteStudy(path,
                         purpose == Purpose::kRead ? SqliteAccess::kRead : SqliteAccess::kCreate);
}

constexpr std::string_view kSqlite = "sqlite:///";
constexpr Backend kBackends[] = {
    {kSqlite, "sqlite:///FILE (sqlite:////FILE for an absolute path)", OpenSqlite},
};

// Of a URL that says more than its scheme.
const Backend* FindBackend(std::string_view url) {
  for (const Backend& backend : kBackends) {
    if (url.starts_with(backend.prefix) && url.size() > backend.prefix.size()) return &backend;
  }
  return nullptr;
}

// The URL itself stays out of it: others carry passwords.
Error NoBackend(const std::string& url) {
  const size_t colon = url.find("://");
  std::string text = colon == std::string::npos
                         ? "it is no URL"
                         : "unknown scheme or form '" + url.substr(0, colon) + "://...'";
  text += "; a study is one of:";
  for (const Backend& backend : kBackends) text += std::string(" ") + backend.form;
  return {ErrorCode::kUsage, text};
}

Expected<std::unique_ptr<Study>> Open(const std::string& url, Purpose purpose) {
  const Backend* backend = FindBackend(url);
  if (backend == nullptr) return NoBackend(url).WithContext("study");
  return backend->open(url.substr(backend->prefix.size()), purpose);
}

}  // namespace

Expected<void> CheckStudyUrl(const std::string& url) {
  if (FindBackend(url) == nullptr) return NoBackend(url);
  return {};
}

Expected<std::unique_ptr<Study>> OpenStudy(const std::string& url) {
  return Open(url, Purpose::kWrite);
}

Expected<std::unique_ptr<StudyReader>> OpenStudyReader(const std::string& url) {
  auto study = Open(url, Purpose::kRead);
  if (!study) return study.error();
  return std::unique_ptr<StudyReader>(std::move(*study));
}

std::string SqliteUrl(const std::filesystem::path& file) {
  return std::string(kSqlite) + file.string();
}

std::string StudyUrlFrom(const std::string& url, const std::filesystem::path& folder) {
  if (!url.starts_with(kSqlite)) return url;
  return SqliteUrl((folder / url.substr(kSqlite.size())).lexically_normal());
}

}  // namespace mcunas

// A disk that can be full: SQLite's own file system with one door closed, for the whole process.
#pragma once

#include <sqlite3.h>

#include <map>

namespace mcunas::fake {

class FullDisk {
 public:
  FullDisk() {
    vfs_ = *sqlite3_vfs_find(nullptr);
    original_open_ = vfs_.xOpen;
    vfs_.zName = "full-disk";
    vfs_.xOpen = Open;
    sqlite3_vfs_register(&vfs_, /*makeDflt=*/1);
  }
  ~FullDisk() { sqlite3_vfs_unregister(&vfs_); }
  void set_full(bool full) { full_ = full; }

 private:
  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    const int code = original_open_(vfs, name, file, flags, out);
    if (code != SQLITE_OK || file->pMethods == nullptr) return code;
    // One patched table per original: logs and databases have different ones.
    sqlite3_io_methods& patched =
        methods_.try_emplace(file->pMethods, *file->pMethods).first->second;
    original_write_ = file->pMethods->xWrite;
    patched.xWrite = [](sqlite3_file* f, const void* data, int n, sqlite3_int64 at) {
      return full_ ? SQLITE_FULL : original_write_(f, data, n, at);
    };
    file->pMethods = &patched;
    return code;
  }

  sqlite3_vfs vfs_{};
  static inline bool full_ = false;
  static inline std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods_;
  static inline int (*original_open_)(sqlite3_vfs*, const char*, sqlite3_file*, int,
                                      int*) = nullptr;
  static inline int (*original_write_)(sqlite3_file*, const void*, int, sqlite3_int64) = nullptr;
};

}  // namespace mcunas::fake

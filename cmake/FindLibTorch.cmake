# LibTorch from the C++ part of a torch wheel or of an unpacked LibTorch, CPU or CUDA build.
#
# Torch's own CMake package of a CUDA build demands nvcc; we only call LibTorch and compile no CUDA, so this
# module takes headers and libraries alone. Looks below CMAKE_PREFIX_PATH (an unpacked LibTorch, or
# torch.utils.cmake_prefix_path of any Python), then in the project's .venv.
# Gives: LibTorch_FOUND, LibTorch_VERSION, LibTorch_CUDA (whether it is a CUDA build), target LibTorch::LibTorch.

set(_roots ${CMAKE_PREFIX_PATH})
file(GLOB _wheels ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
list(APPEND _roots ${_wheels})
set(_candidates)
foreach(_root IN LISTS _roots)
  # torch.utils.cmake_prefix_path is <torch>/share/cmake.
  list(APPEND _candidates ${_root} ${_root}/../..)
endforeach()

find_path(LibTorch_INCLUDE_DIR torch/csrc/api/include/torch/torch.h
          PATHS ${_candidates} PATH_SUFFIXES include NO_DEFAULT_PATH)
get_filename_component(LibTorch_ROOT "${LibTorch_INCLUDE_DIR}/.." ABSOLUTE)
foreach(_library torch torch_cpu c10)
  find_library(LibTorch_${_library} ${_library} PATHS ${LibTorch_ROOT}/lib NO_DEFAULT_PATH)
endforeach()
find_library(LibTorch_torch_cuda torch_cuda PATHS ${LibTorch_ROOT}/lib NO_DEFAULT_PATH)
find_library(LibTorch_c10_cuda c10_cuda PATHS ${LibTorch_ROOT}/lib NO_DEFAULT_PATH)

if(EXISTS ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)
  set(_version_file ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)
else()
  set(_version_file ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include/torch/version.h)
endif()
if(EXISTS ${_version_file})
  file(READ ${_version_file} _version_text)
  string(REGEX MATCH "TORCH_VERSION_MAJOR ([0-9]+)" _ "${_version_text}")
  set(LibTorch_VERSION ${CMAKE_MATCH_1})
  string(REGEX MATCH "TORCH_VERSION_MINOR ([0-9]+)" _ "${_version_text}")
  set(LibTorch_VERSION ${LibTorch_VERSION}.${CMAKE_MATCH_1})
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  LibTorch REQUIRED_VARS LibTorch_INCLUDE_DIR LibTorch_torch LibTorch_torch_cpu LibTorch_c10
  VERSION_VAR LibTorch_VERSION)

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  target_include_directories(
    LibTorch::LibTorch SYSTEM INTERFACE ${LibTorch_INCLUDE_DIR}
                                        ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include)
  target_link_libraries(LibTorch::LibTorch INTERFACE ${LibTorch_torch_cpu} ${LibTorch_c10})
  if(LibTorch_torch_cuda)
    set(LibTorch_CUDA ON)
    # The CUDA back end registers itself when loaded; nothing refers to it by name.
    target_link_libraries(
      LibTorch::LibTorch INTERFACE -Wl,--no-as-needed ${LibTorch_torch_cuda} ${LibTorch_c10_cuda}
                                   -Wl,--as-needed)
  endif()
endif()

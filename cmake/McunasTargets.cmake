# Helpers that give every target of the project the same flags and include root.

include(GNUInstallDirs)

add_library(mcunas_flags INTERFACE)
target_compile_features(mcunas_flags INTERFACE cxx_std_20 c_std_11)
target_include_directories(mcunas_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(
  mcunas_flags INTERFACE -Wall -Wextra -Wshadow -Wno-missing-field-initializers $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
                         # GCC 12 sees overlapping copies in std::string where there are none (its bug 105651).
                         $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>)
if(MCUNAS_SANITIZE)
  target_compile_options(mcunas_flags INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all)
  target_link_options(mcunas_flags INTERFACE -fsanitize=address,undefined)
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

# mcunas_library(NAME SOURCES a.cc ... [PUBLIC lib ...] [PRIVATE lib ...])
# A static library mcunas_NAME; PRIVATE carries third-party libraries that no header may show.
function(mcunas_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(mcunas_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(mcunas_${name} PUBLIC mcunas_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# mcunas_test(NAME LABEL unit SOURCES a_test.cc ... LIBRARIES lib ...)
# A GoogleTest binary whose cases ctest lists one by one. MCUNAS_DATA defaults to ../shared/data.
function(mcunas_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE mcunas_flags ${ARG_LIBRARIES} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT}
                       ENVIRONMENT "MCUNAS_HOME=${PROJECT_SOURCE_DIR}")
endfunction()

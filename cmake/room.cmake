# One room: a static library, a check that its headers stand alone, and a link test.
#
#   room(name SRCS a.cpp b.cpp HDRS name.h c.h DEPS citybrain_model ... LIBS external ...)
#
# DEPS are other rooms (the arrows of the architecture), LIBS outside libraries. The link test links the whole
# archive with its declared DEPS only: a plain static link would not notice a forbidden call.
function(room name)
  cmake_parse_arguments(R "" "" "SRCS;HDRS;DEPS;LIBS" ${ARGN})
  set(target citybrain_${name})
  if(R_SRCS)
    add_library(${target} STATIC ${R_SRCS})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${R_HDRS})
  target_link_libraries(${target} ${scope} citybrain_options ${R_DEPS} ${R_LIBS})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  if(R_SRCS AND CITYBRAIN_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
  set_property(GLOBAL APPEND PROPERTY CITYBRAIN_ROOMS ${target})
  if(R_SRCS AND CITYBRAIN_TESTS)
    add_executable(link_${name} EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/link/link_main.cpp)
    target_link_libraries(link_${name} PRIVATE citybrain_options -Wl,--whole-archive $<TARGET_FILE:${target}>
                          -Wl,--no-whole-archive ${R_DEPS} ${R_LIBS})
    add_dependencies(link_${name} ${target})
    set_property(GLOBAL APPEND PROPERTY CITYBRAIN_LINK_TESTS link_${name})
  endif()
endfunction()

# One test program: SRCS with gtest's main, registered so that tests/tidy can find unregistered files. KAFKA: it wants a
# broker (CITYBRAIN_KAFKA); CLUSTER: it wants three and runs in `./citybrain test all` only (deploy/script/test_broker.sh).
function(citybrain_test name)
  cmake_parse_arguments(T "KAFKA;CLUSTER" "" "SRCS;DEPS;LIBS" ${ARGN})
  add_executable(${name} ${T_SRCS})
  target_compile_options(${name} PRIVATE -Wno-dangling-else)  # EXPECT_ macros under an if
  target_link_libraries(${name} PRIVATE citybrain_options ${T_DEPS} ${T_LIBS} GTest::gmock_main GTest::gtest Threads::Threads)
  target_compile_definitions(${name} PRIVATE CITYBRAIN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  set_property(GLOBAL APPEND PROPERTY CITYBRAIN_TEST_PROGRAMS ${name})
  if(T_CLUSTER)
    set_target_properties(${name} PROPERTIES CITYBRAIN_NEEDS "\tcluster")
  elseif(T_KAFKA)
    set_target_properties(${name} PROPERTIES CITYBRAIN_NEEDS "\tkafka")
  endif()
endfunction()

# One libFuzzer target, built only with clang (preset fuzz); its corpus is replayed by a plain test program elsewhere.
function(citybrain_fuzz name)
  cmake_parse_arguments(F "" "" "SRCS;DEPS;LIBS" ${ARGN})
  if(CITYBRAIN_FUZZ)
    add_executable(${name} ${F_SRCS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${F_SRCS} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    set_property(GLOBAL APPEND PROPERTY CITYBRAIN_FUZZ_REPLAYS ${name})
  endif()
  target_link_libraries(${name} PRIVATE citybrain_options ${F_DEPS} ${F_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/test_list.cmake)

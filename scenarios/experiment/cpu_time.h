// CPU time, for reports only. Private to scenarios/experiment.
#pragma once

#include <time.h>

namespace citybrain::experiment {

/// Seconds of CPU: of the whole process, RocksDB's threads included; of this thread alone when
/// other runs share the process.
inline double cpu_now_s(bool shares_process) {
  timespec t{};
  clock_gettime(shares_process ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace citybrain::experiment

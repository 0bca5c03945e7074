// Starting and losing a SUMO, with programs that only pretend to be one: no SUMO is needed.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>

#include "connectors/sumo/sumo.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::connectors::sumo {
namespace {

class SumoSession : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
    EXPECT_EQ(errno, ECHILD);
  }
  model::Error refused(const std::string& program) {
    sumo::Setup setup;
    setup.program = program;
    const auto session = Session::start(setup, "J", {});
    EXPECT_FALSE(session);
    return session ? model::Error{} : session.error();
  }
  std::string script(const std::string& text) {
    const auto file = folder_.path() / "sumo";
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file.string();
  }
  /// A server that answers the first message with these bytes (a Perl string).
  std::string server(const std::string& answer) {
    return script(
        "#!/usr/bin/perl\nuse Socket;\n"
        "my $p; for my $i (0 .. $#ARGV) { $p = $ARGV[$i + 1] if $ARGV[$i] eq '--remote-port'; }\n"
        "socket(S, PF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);\n"
        "bind(S, sockaddr_in($p, INADDR_ANY)) or die; listen(S, 1); accept(C, S);\n"
        "sysread(C, my $b, 100); syswrite(C, " +
        answer + "); sysread(C, $b, 100);\n");
  }
  test::TemporaryFolder folder_;
};

TEST_F(SumoSession, AMissingProgramSaysHowToInstallIt) {
  const auto e = refused((folder_.path() / "nothing").string());
  EXPECT_EQ(e.code, "CB-SUMO-MISSING");
  EXPECT_NE(e.mend.find("apt-get install sumo"), std::string::npos);
}

TEST_F(SumoSession, ItsComplaintIsQuoted) {
  const auto e =
      refused(script("#!/bin/sh\necho \"Error: The edge 'x' is not known.\" >&2\necho 'Quitting "
                     "(on error).'\nexit 1\n"));
  EXPECT_EQ(e.code, "CB-INPUT-SUMO");
  EXPECT_NE(e.what.find("The edge 'x' is not known."), std::string::npos) << e.what;
  EXPECT_EQ(e.what.find("Quitting"), std::string::npos);
}

TEST_F(SumoSession, ASilentEndHasItsExitCode) {
  const auto e = refused(script("#!/bin/sh\nexit 3\n"));
  EXPECT_EQ(e.code, "CB-SUMO-DIED");
  EXPECT_NE(e.what.find("exit code 3"), std::string::npos) << e.what;
}

TEST_F(SumoSession, AnotherPortIsTriedUntilItIsHopeless) {
  const auto count = folder_.path() / "count";
  const auto e = refused(script("#!/bin/sh\necho x >>'" + count.string() +
                                "'\necho 'Error: tcpip::Socket::accept() Unable to create "
                                "listening socket: Address already in use'\nexit 1\n"));
  EXPECT_EQ(e.code, "CB-SUMO-PORT");
  EXPECT_EQ(std::filesystem::file_size(count), 10U) << "five times";
}

TEST_F(SumoSession, AnOldVersionIsNamed) {
  const auto e =
      refused(server("pack('N C C C N C C N N/a*', 31, 7, 0, 0, 0, 20, 0, 15, 'SUMO 1.0.0')"));
  EXPECT_EQ(e.code, "CB-SUMO-VERSION") << e.text();
  EXPECT_NE(e.what.find("SUMO 1.0.0"), std::string::npos) << e.what;
}

TEST_F(SumoSession, AnotherServerIsNoSumo) {
  EXPECT_EQ(refused(server("\"HTTP/1.1 200 OK\\r\\n\\r\\n\"")).code, "CB-SUMO-CONNECTION");
  EXPECT_EQ(refused(server("pack('N C*', 8, 1, 2, 3, 4)")).code, "CB-SUMO-PROTOCOL");
}

TEST_F(SumoSession, AServerThatHangsUpIsAnError) {
  const auto e = refused(server("''); close(C); exit(0"));
  EXPECT_EQ(e.code, "CB-SUMO-DIED") << e.text();
}

}  // namespace
}  // namespace citybrain::connectors::sumo

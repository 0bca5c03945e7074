// The registry as a command: checks a schema, serves a run's registry, ends when it is asked to.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

const std::string kSubject = "traffic_police.video_flow-value";

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

std::string our_schema() {
  return text_of(std::filesystem::path(CITYBRAIN_SOURCE_DIR) /
                 "schemas/proto/traffic_police/v1/traffic_police.proto");
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

std::string get(int port, const std::string& target) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return "no server";
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) return "not sent";
  std::string out;
  char buffer[4096];
  for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
    out.append(buffer, static_cast<std::size_t>(n));
  ::close(fd);
  return out;
}

/// The port that the program has printed; 0 when it ended or said nothing for a minute.
int port_of(const Program& program) {
  for (int i = 0; i < 6000; ++i) {
    const auto said = text_of(program.folder() / "out");
    const std::string before = "http://127.0.0.1:";
    const auto at = said.find(before);
    if (at != std::string::npos && said.find(' ', at) != std::string::npos)
      return std::atoi(said.c_str() + at + before.size());
    usleep(10000);
  }
  return 0;
}

TEST(RegistryCommand, ChecksASchemaBeforeItIsPublished) {
  Program program;
  write(program.folder() / "same.proto", our_schema());
  const auto same = program.run({"registry", "check", "same.proto", "--subject", kSubject});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_NE(same.out.find("compatible with subject " + kSubject), std::string::npos);

  auto changed = our_schema();
  const auto message = changed.find("message PlateReport");
  ASSERT_NE(message, std::string::npos);
  write(program.folder() / "less.proto", changed.substr(0, message));
  const std::string plates = "traffic_police.plates-value";
  const auto less = program.run({"registry", "check", "less.proto", "--subject", plates, "--json"});
  EXPECT_EQ(less.code, 1) << less.err;
  EXPECT_NE(less.out.find("\"is_compatible\":false"), std::string::npos);
  EXPECT_NE(less.out.find("MESSAGE_REMOVED"), std::string::npos) << less.out;
  const auto any =
      program.run({"registry", "check", "less.proto", "--subject", plates, "--level", "NONE"});
  EXPECT_EQ(any.code, 0) << any.err;
}

TEST(RegistryCommand, BadInputIsSaidWithItsPlace) {
  Program program;
  write(program.folder() / "bad.proto", "syntax = \"proto3\";\nmessage M { int32 a = ; }\n");
  const auto bad = program.run({"registry", "check", "bad.proto", "--subject", kSubject});
  EXPECT_EQ(bad.code, 2);
  EXPECT_NE(bad.err.find("line 2"), std::string::npos) << bad.err;
  EXPECT_EQ(program.run({"registry", "check", "none.proto", "--subject", kSubject}).code, 2);
  write(program.folder() / "x.thrift", "struct X {}");
  EXPECT_EQ(program.run({"registry", "check", "x.thrift", "--subject", kSubject}).code, 2);
  EXPECT_EQ(program.run({"registry", "check", "bad.proto"}).code, 2);
  EXPECT_EQ(program.run({"registry", "--run", "nowhere"}).code, 2);
  EXPECT_EQ(
      program.run({"registry", "check", "bad.proto", "--subject", kSubject, "--level", "SOME"})
          .code,
      2);
}

TEST(RegistryCommand, ServesTheRegistryOfARunUntilItIsInterrupted) {
  Program program;
  const auto run = program.run(
      {"run", "quickstart", "--horizon", "1m", "--out", "done", "--json", "--no-progress"});
  ASSERT_EQ(run.code, 0) << run.err;
  const pid_t child = program.start({"registry", "--run", "done", "--port", "0"});
  const int port = port_of(program);
  ASSERT_NE(port, 0);
  EXPECT_NE(get(port, "/subjects").find("\"hub.commands-value\""), std::string::npos);
  EXPECT_NE(get(port, "/subjects/" + kSubject + "/versions/latest").find("\"id\":18"),
            std::string::npos);
  EXPECT_NE(get(port, "/schemas/ids/11?format=serialized").find("HTTP/1.1 200"), std::string::npos);
  kill(child, SIGINT);
  const auto ended = program.wait(child);
  EXPECT_EQ(ended.code, 0) << ended.err;
}

}  // namespace
}  // namespace citybrain::test

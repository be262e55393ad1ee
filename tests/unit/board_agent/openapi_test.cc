// The OpenAPI file and the server's route table are the same list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <set>

#include "board_agent/protocol/routes.h"
#include "common/board_failure.h"
#include "common/names.h"

namespace mcunas {
namespace {

YAML::Node Document() {
  const char* home = std::getenv("MCUNAS_HOME");
  const std::string root = home != nullptr ? home : MCUNAS_SOURCE_ROOT;
  return YAML::LoadFile(root + "/board_agent/protocol/openapi.yaml");
}

TEST(OpenApi, ListsExactlyTheRoutes) {
  const std::set<std::string> methods = {"get", "put", "post", "delete", "head", "patch"};
  std::set<std::string> documented;
  for (const auto& path : Document()["paths"]) {
    for (const auto& entry : path.second) {
      std::string method = entry.first.as<std::string>();
      if (!methods.contains(method)) continue;
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      documented.insert(method + " " + path.first.as<std::string>());
    }
  }
  std::set<std::string> served;
  for (const Route& route : Routes()) {
    served.insert(std::string(route.method) + " " + std::string(route.pattern));
  }
  EXPECT_EQ(documented, served);
}

TEST(OpenApi, OnlyHealthNeedsNoToken) {
  const YAML::Node document = Document();
  for (const Route& route : Routes()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    const YAML::Node operation = document["paths"][std::string(route.pattern)][method];
    EXPECT_EQ(operation["security"].IsDefined(), !route.needs_token) << route.pattern;
  }
}

TEST(OpenApi, ListsExactlyTheKindsOfFailure) {
  const YAML::Node kind =
      Document()["components"]["schemas"]["JobFailure"]["properties"]["kind"]["enum"];
  EXPECT_EQ(kind.as<std::vector<std::string>>(), NamesOf(kFailures));
}

// Collects every "$ref" below a node.
void CollectReferences(const YAML::Node& node, std::set<std::string>* references) {
  if (node.IsMap()) {
    for (const auto& entry : node) {
      if (entry.first.as<std::string>() == "$ref")
        references->insert(entry.second.as<std::string>());
      CollectReferences(entry.second, references);
    }
  } else if (node.IsSequence()) {
    for (const auto& item : node) CollectReferences(item, references);
  }
}

TEST(OpenApi, EveryReferenceLeadsSomewhere) {
  const YAML::Node document = Document();
  std::set<std::string> references;
  CollectReferences(document, &references);
  ASSERT_GT(references.size(), 10u);
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/")) << reference;
    YAML::Node node = YAML::Clone(document);
    for (size_t begin = 2; begin < reference.size();) {
      const size_t end = std::min(reference.find('/', begin), reference.size());
      node.reset(node[reference.substr(begin, end - begin)]);
      begin = end + 1;
    }
    EXPECT_TRUE(node.IsDefined()) << reference;
  }
}

}  // namespace
}  // namespace mcunas

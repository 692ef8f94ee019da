// The official Kubernetes provider (https://github.com/pulumi/pulumi-kubernetes), as its own command serves it. That
// command embeds two files that a release makes and the Go module lacks; what they are made from is in the module, and
// build-go-tool.ts puts it here while it builds.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	// What a release adds to the schema is its version, which the linker sets (go-tools.ts).
	versioned := append([]byte(`{"version":"`+version.Version+`",`), schema[1:]...)
	provider.Serve("kubernetes", version.Version, versioned, terraformMapping)
}

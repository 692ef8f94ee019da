// Asks Cyclonus (https://github.com/mattfenwick/cyclonus) which connections NetworkPolicies allow. Its own command prints
// tables for people; this prints what a test can compare.
//
// Standard input is a question as JSON. Standard output is a list of booleans as JSON, one for each connection: whether
// it is allowed, by the policies of the pod that opens it and by those of the pod that it reaches.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

type connection struct {
	From     matcher.TrafficPeer `json:"from"`
	To       matcher.TrafficPeer `json:"to"`
	Port     int                 `json:"port"`
	Protocol corev1.Protocol     `json:"protocol"`
}

type question struct {
	Policies    []*networkingv1.NetworkPolicy `json:"policies"`
	Connections []connection                  `json:"connections"`
}

func main() {
	if err := answer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer() error {
	var asked question
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return fmt.Errorf("the question is not right: %w", err)
	}
	policy := matcher.BuildNetworkPolicies(true, asked.Policies)
	verdicts := make([]bool, len(asked.Connections))
	for i, one := range asked.Connections {
		verdicts[i] = policy.IsTrafficAllowed(&matcher.Traffic{
			Source:       &one.From,
			Destination:  &one.To,
			ResolvedPort: one.Port,
			Protocol:     one.Protocol,
		}).IsAllowed()
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

// cert-manager's own controllers (https://cert-manager.io), as its command runs them: those that act on Certificates and
// on Issuers of the types selfSigned and ca. The command, cmd/controller, is a Go module of its own that the module proxy
// does not serve; the controllers are in the main module, which it does serve.
//
// Left out: ACME, Vault and Venafi, ClusterIssuers, Ingresses and Gateways, CertificateSigningRequests, metrics and the
// election of a leader; webhook and cainjector are other commands.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/metrics"
	"golang.org/x/sync/errgroup"
	"k8s.io/utils/clock"

	// Each makes itself known to pkg/controller.
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
)

// The command's defaults (https://cert-manager.io/docs/cli/controller/).
const (
	requestsPerSecond = 20
	requestsAtOnce    = 50
	workers           = 5
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file that names the API server and who asks it")
	namespace := flag.String("namespace", "", "the only namespace whose objects are acted on")
	flag.Parse()
	// Without a namespace the controllers would wait for ClusterIssuers, a type that the lab does not have.
	if *kubeconfig == "" || *namespace == "" {
		fmt.Fprintln(os.Stderr, "--kubeconfig and --namespace are needed")
		os.Exit(2)
	}
	logs.InitLogs()
	ended, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ended, *kubeconfig, *namespace); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig, namespace string) error {
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		Kubeconfig:         kubeconfig,
		Namespace:          namespace,
		KubernetesAPIQPS:   requestsPerSecond,
		KubernetesAPIBurst: requestsAtOnce,
		Clock:              clock.RealClock{},
		Metrics:            metrics.New(logs.Log, clock.RealClock{}),
	})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for name, construct := range controller.Known() {
		one, err := construct(factory)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		group.Go(func() error { return one.Run(workers, ctx) })
	}
	// Every controller has said by now which types it watches.
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	return group.Wait()
}

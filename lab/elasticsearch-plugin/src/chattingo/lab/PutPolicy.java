// PUT /_ilm/policy/{name}: a policy that differs from the kept one becomes its next version.

package chattingo.lab;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.project.ProjectResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleMetadata;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicy;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicyMetadata;
import org.elasticsearch.xpack.core.ilm.Phase;
import org.elasticsearch.xpack.core.ilm.SearchableSnapshotAction;
import org.elasticsearch.xpack.core.ilm.WaitForSnapshotAction;
import org.elasticsearch.xpack.core.ilm.action.ILMActions;
import org.elasticsearch.xpack.core.ilm.action.PutLifecycleRequest;

public class PutPolicy extends ProjectUpdate<PutLifecycleRequest> {

    /** Actions that refer to what this Elasticsearch lacks: SLM and searchable snapshots. */
    private static final List<String> UNSUPPORTED = List.of(WaitForSnapshotAction.NAME, SearchableSnapshotAction.NAME);

    @Inject
    public PutPolicy(
        TransportService transportService,
        ClusterService clusterService,
        ThreadPool threadPool,
        ActionFilters actionFilters,
        ProjectResolver projectResolver
    ) {
        super(
            ILMActions.PUT.name(),
            IndexLifecycleMetadata.TYPE,
            transportService,
            clusterService,
            threadPool,
            actionFilters,
            PutLifecycleRequest::new,
            projectResolver
        );
    }

    @Override
    Metadata.ProjectCustom change(PutLifecycleRequest request, ProjectMetadata project) {
        LifecyclePolicy policy = request.getPolicy();
        LifecyclePolicy.validatePolicyName(policy.getName());
        for (Phase phase : policy.getPhases().values()) {
            for (String action : phase.getActions().keySet()) {
                if (UNSUPPORTED.contains(action)) {
                    throw new IllegalArgumentException("the lab's Elasticsearch does not know the action [" + action + "]");
                }
            }
        }
        IndexLifecycleMetadata kept = project.custom(IndexLifecycleMetadata.TYPE, IndexLifecycleMetadata.EMPTY);
        LifecyclePolicyMetadata previous = kept.getPolicyMetadatas().get(policy.getName());
        if (previous != null && previous.getPolicy().equals(policy)) {
            return null;
        }
        long version = previous == null ? 1 : previous.getVersion() + 1;
        Map<String, LifecyclePolicyMetadata> policies = new TreeMap<>(kept.getPolicyMetadatas());
        policies.put(policy.getName(), new LifecyclePolicyMetadata(policy, Map.of(), version, Instant.now().toEpochMilli()));
        return new IndexLifecycleMetadata(policies, kept.getOperationMode());
    }
}

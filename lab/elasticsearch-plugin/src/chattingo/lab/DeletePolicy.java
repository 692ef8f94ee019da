// DELETE /_ilm/policy/{name}: refused while an index uses the policy.

package chattingo.lab;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.project.ProjectResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleMetadata;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicyMetadata;
import org.elasticsearch.xpack.core.ilm.action.DeleteLifecycleAction;

public class DeletePolicy extends ProjectUpdate<DeleteLifecycleAction.Request> {

    @Inject
    public DeletePolicy(
        TransportService transportService,
        ClusterService clusterService,
        ThreadPool threadPool,
        ActionFilters actionFilters,
        ProjectResolver projectResolver
    ) {
        super(
            DeleteLifecycleAction.NAME,
            IndexLifecycleMetadata.TYPE,
            transportService,
            clusterService,
            threadPool,
            actionFilters,
            DeleteLifecycleAction.Request::new,
            projectResolver
        );
    }

    @Override
    Metadata.ProjectCustom change(DeleteLifecycleAction.Request request, ProjectMetadata project) {
        String name = request.getPolicyName();
        List<String> users = project.indices()
            .values()
            .stream()
            .filter(index -> name.equals(index.getLifecyclePolicyName()))
            .map(index -> index.getIndex().getName())
            .sorted()
            .toList();
        if (users.isEmpty() == false) {
            throw new IllegalArgumentException("Cannot delete policy [" + name + "]. It is in use by one or more indices: " + users);
        }
        IndexLifecycleMetadata kept = project.custom(IndexLifecycleMetadata.TYPE, IndexLifecycleMetadata.EMPTY);
        Map<String, LifecyclePolicyMetadata> policies = new TreeMap<>(kept.getPolicyMetadatas());
        if (policies.remove(name) == null) {
            throw new ResourceNotFoundException("Lifecycle policy not found: {}", name);
        }
        return new IndexLifecycleMetadata(policies, kept.getOperationMode());
    }
}

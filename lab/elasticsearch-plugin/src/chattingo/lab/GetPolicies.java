// GET /_ilm/policy[/{name}]: names may hold wildcards; a name without one that is not there answers 404.

package chattingo.lab;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.local.TransportLocalProjectMetadataAction;
import org.elasticsearch.cluster.ProjectState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.project.ProjectResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleMetadata;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicyMetadata;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicyUsageCalculator;
import org.elasticsearch.xpack.core.ilm.action.GetLifecycleAction;

public class GetPolicies extends TransportLocalProjectMetadataAction<GetLifecycleAction.Request, GetLifecycleAction.Response> {

    private final IndexNameExpressionResolver resolver;

    @Inject
    public GetPolicies(
        TransportService transportService,
        ClusterService clusterService,
        ActionFilters actionFilters,
        ProjectResolver projectResolver,
        IndexNameExpressionResolver resolver
    ) {
        super(
            GetLifecycleAction.NAME,
            actionFilters,
            transportService.getTaskManager(),
            clusterService,
            EsExecutors.DIRECT_EXECUTOR_SERVICE,
            projectResolver
        );
        this.resolver = resolver;
    }

    @Override
    protected void localClusterStateOperation(
        Task task,
        GetLifecycleAction.Request request,
        ProjectState state,
        ActionListener<GetLifecycleAction.Response> listener
    ) {
        IndexLifecycleMetadata kept = state.metadata().custom(IndexLifecycleMetadata.TYPE, IndexLifecycleMetadata.EMPTY);
        Map<String, LifecyclePolicyMetadata> policies = kept.getPolicyMetadatas();
        String[] wanted = request.getPolicyNames().length == 0 ? new String[] { "*" } : request.getPolicyNames();
        Arrays.stream(wanted)
            .filter(name -> Regex.isSimpleMatchPattern(name) == false && policies.containsKey(name) == false)
            .findFirst()
            .ifPresent(name -> { throw new ResourceNotFoundException("Lifecycle policy not found: {}", name); });
        List<String> names = policies.keySet().stream().filter(name -> Regex.simpleMatch(wanted, name)).sorted().toList();
        var usage = new LifecyclePolicyUsageCalculator(resolver, state.metadata(), names);
        listener.onResponse(new GetLifecycleAction.Response(names.stream().map(policies::get).map(policy ->
            new GetLifecycleAction.LifecyclePolicyResponseItem(
                policy.getPolicy(),
                policy.getVersion(),
                policy.getModifiedDateString(),
                usage.retrieveCalculatedUsage(policy.getName())
            )
        ).toList()));
    }

    @Override
    protected ClusterBlockException checkBlock(GetLifecycleAction.Request request, ProjectState state) {
        return state.blocks().globalBlockedException(state.projectId(), ClusterBlockLevel.METADATA_READ);
    }
}

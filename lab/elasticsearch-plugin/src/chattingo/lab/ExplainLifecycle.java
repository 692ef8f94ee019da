// GET /{index}/_ilm/explain: every managed index is told to be before its first step, since nothing ever takes it.

package chattingo.lab;

import java.util.LinkedHashMap;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.local.TransportLocalProjectMetadataAction;
import org.elasticsearch.cluster.ProjectState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.project.ProjectResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.elasticsearch.xpack.core.ilm.ExplainLifecycleRequest;
import org.elasticsearch.xpack.core.ilm.ExplainLifecycleResponse;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleExplainResponse;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleMetadata;
import org.elasticsearch.xpack.core.ilm.LifecycleSettings;
import org.elasticsearch.xpack.core.ilm.action.ExplainLifecycleAction;

public class ExplainLifecycle extends TransportLocalProjectMetadataAction<ExplainLifecycleRequest, ExplainLifecycleResponse> {

    private final IndexNameExpressionResolver resolver;

    @Inject
    public ExplainLifecycle(
        TransportService transportService,
        ClusterService clusterService,
        ActionFilters actionFilters,
        ProjectResolver projectResolver,
        IndexNameExpressionResolver resolver
    ) {
        super(
            ExplainLifecycleAction.NAME,
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
        ExplainLifecycleRequest request,
        ProjectState state,
        ActionListener<ExplainLifecycleResponse> listener
    ) {
        IndexLifecycleMetadata kept = state.metadata().custom(IndexLifecycleMetadata.TYPE, IndexLifecycleMetadata.EMPTY);
        Map<String, IndexLifecycleExplainResponse> answers = new LinkedHashMap<>();
        for (String name : resolver.concreteIndexNames(state.metadata(), request)) {
            IndexMetadata index = state.metadata().index(name);
            boolean isManaged = index.getLifecyclePolicyName() != null;
            boolean isWrong = isManaged && kept.getPolicies().containsKey(index.getLifecyclePolicyName()) == false;
            if (request.onlyErrors() ? isWrong : (isManaged || request.onlyManaged() == false)) {
                answers.put(name, isManaged ? managed(index) : IndexLifecycleExplainResponse.newUnmanagedIndexResponse(name));
            }
        }
        listener.onResponse(new ExplainLifecycleResponse(answers));
    }

    private static IndexLifecycleExplainResponse managed(IndexMetadata index) {
        long created = index.getCreationDate();
        boolean skip = LifecycleSettings.LIFECYCLE_SKIP_SETTING.get(index.getSettings());
        return IndexLifecycleExplainResponse.newManagedIndexResponse(
            index.getIndex().getName(), created, index.getLifecyclePolicyName(), created,
            "new", "init", "init", null, null, null, created, created, created, null, null, null, null, null, null, skip, null
        );
    }

    @Override
    protected ClusterBlockException checkBlock(ExplainLifecycleRequest request, ProjectState state) {
        return state.blocks().globalBlockedException(state.projectId(), ClusterBlockLevel.METADATA_READ);
    }
}

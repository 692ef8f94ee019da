// GET /_data_stream[/{name}], without the parts for time series and for the data stream lifecycle.

package chattingo.lab;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.datastreams.DataStreamsActionUtil;
import org.elasticsearch.action.datastreams.GetDataStreamAction;
import org.elasticsearch.action.datastreams.GetDataStreamAction.Response.DataStreamInfo;
import org.elasticsearch.action.datastreams.GetDataStreamAction.Response.IndexProperties;
import org.elasticsearch.action.datastreams.GetDataStreamAction.Response.ManagedBy;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.local.TransportLocalProjectMetadataAction;
import org.elasticsearch.cluster.ProjectState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.health.ClusterStateHealth;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.MetadataIndexTemplateService;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.project.ProjectResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.index.Index;
import org.elasticsearch.index.IndexMode;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;

public class GetDataStreams extends TransportLocalProjectMetadataAction<GetDataStreamAction.Request, GetDataStreamAction.Response> {

    private final IndexNameExpressionResolver resolver;

    @Inject
    public GetDataStreams(
        TransportService transportService,
        ClusterService clusterService,
        ActionFilters actionFilters,
        ProjectResolver projectResolver,
        IndexNameExpressionResolver resolver
    ) {
        super(
            GetDataStreamAction.NAME,
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
        GetDataStreamAction.Request request,
        ProjectState state,
        ActionListener<GetDataStreamAction.Response> listener
    ) {
        List<String> names = DataStreamsActionUtil.getDataStreamNames(
            resolver,
            state.metadata(),
            request.getNames(),
            request.indicesOptions()
        );
        listener.onResponse(
            new GetDataStreamAction.Response(
                names.stream().sorted().map(name -> describe(state.metadata().dataStreams().get(name), state)).toList()
            )
        );
    }

    private static DataStreamInfo describe(DataStream stream, ProjectState state) {
        ProjectMetadata project = state.metadata();
        String[] indices = stream.getIndices().stream().map(Index::getName).toArray(String[]::new);
        var health = new ClusterStateHealth(state.cluster(), indices, state.projectId());
        String template = MetadataIndexTemplateService.findV2Template(project, stream.getName(), false);
        Settings settings = template == null ? Settings.EMPTY : MetadataIndexTemplateService.resolveSettings(project, template);
        Map<Index, IndexProperties> properties = new HashMap<>();
        for (Index index : stream.getIndices()) {
            properties.put(index, describe(project.index(index)));
        }
        return new DataStreamInfo(
            stream,
            stream.isFailureStoreExplicitlyEnabled(),
            health.getStatus(),
            template,
            settings.get(IndexMetadata.LIFECYCLE_NAME),
            null,
            properties,
            IndexSettings.PREFER_ILM_SETTING.get(settings),
            null,
            (stream.getIndexMode() == null ? IndexMode.STANDARD : stream.getIndexMode()).getName()
        );
    }

    private static IndexProperties describe(IndexMetadata index) {
        String policy = index.getLifecyclePolicyName();
        return new IndexProperties(
            IndexSettings.PREFER_ILM_SETTING.get(index.getSettings()),
            policy,
            policy == null ? ManagedBy.UNMANAGED : ManagedBy.ILM,
            IndexSettings.MODE.get(index.getSettings()).getName()
        );
    }

    @Override
    protected ClusterBlockException checkBlock(GetDataStreamAction.Request request, ProjectState state) {
        return state.blocks().globalBlockedException(state.projectId(), ClusterBlockLevel.METADATA_READ);
    }
}

// An acknowledged change of the project's part of the cluster state, made on the master.

package chattingo.lab;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.master.AcknowledgedRequest;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.action.support.master.AcknowledgedTransportMasterNodeProjectAction;
import org.elasticsearch.cluster.AckedClusterStateUpdateTask;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.ProjectState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.project.ProjectResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

abstract class ProjectUpdate<Request extends AcknowledgedRequest<Request>> extends AcknowledgedTransportMasterNodeProjectAction<Request> {

    private final String section;

    /** @param section the section of the project's metadata that {@link #change} returns anew */
    ProjectUpdate(
        String actionName,
        String section,
        TransportService transportService,
        ClusterService clusterService,
        ThreadPool threadPool,
        ActionFilters actionFilters,
        Writeable.Reader<Request> reader,
        ProjectResolver projectResolver
    ) {
        super(actionName, transportService, clusterService, threadPool, actionFilters, reader, projectResolver, EsExecutors.DIRECT_EXECUTOR_SERVICE);
        this.section = section;
    }

    /** The section as it shall be; null when there is nothing to change. Throws when the request must be refused. */
    abstract Metadata.ProjectCustom change(Request request, ProjectMetadata project);

    @Override
    protected void masterOperation(Task task, Request request, ProjectState state, ActionListener<AcknowledgedResponse> listener) {
        var update = new AckedClusterStateUpdateTask(request, listener) {
            @Override
            public ClusterState execute(ClusterState current) {
                Metadata.ProjectCustom changed = change(request, current.metadata().getProject(state.projectId()));
                return changed == null ? current : current.copyAndUpdateProject(state.projectId(), project -> project.putCustom(section, changed));
            }
        };
        submit(clusterService, actionName, update);
    }

    // One change at a time is all that the lab needs.
    @SuppressWarnings("deprecation")
    private static void submit(ClusterService clusterService, String source, AckedClusterStateUpdateTask update) {
        clusterService.submitUnbatchedStateUpdateTask(source, update);
    }

    @Override
    protected ClusterBlockException checkBlock(Request request, ProjectState state) {
        return state.blocks().globalBlockedException(state.projectId(), ClusterBlockLevel.METADATA_WRITE);
    }
}

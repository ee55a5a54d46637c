/** The GraphQL queries of Weights & Biases and the Schemas of their answers. */
import * as Schema from "effect/Schema"

export const upsertBucket = `mutation UpsertBucket($name: String, $project: String, $entity: String,
  $groupName: String, $displayName: String, $notes: String, $commit: String, $config: JSONString, $host: String,
  $program: String, $tags: [String!], $summaryMetrics: JSONString) {
  upsertBucket(input: {name: $name, modelName: $project, entityName: $entity, groupName: $groupName,
    displayName: $displayName, notes: $notes, commit: $commit, config: $config, host: $host, jobProgram: $program,
    tags: $tags, summaryMetrics: $summaryMetrics}) {
    bucket { id name displayName project { name entity { name } } historyLineCount }
    inserted
  }
}`

export const UpsertBucket = Schema.Struct({
  upsertBucket: Schema.Struct({
    bucket: Schema.Struct({
      project: Schema.Struct({ name: Schema.String, entity: Schema.Struct({ name: Schema.String }) })
    })
  })
})

export const createRunFiles = `mutation CreateRunFiles($entity: String!, $project: String!, $run: String!,
  $files: [String!]!) {
  createRunFiles(input: {entityName: $entity, projectName: $project, runName: $run, files: $files}) {
    runID uploadHeaders files { name uploadUrl }
  }
}`

const Headers = Schema.Array(Schema.String)

export const CreateRunFiles = Schema.Struct({
  createRunFiles: Schema.Struct({
    uploadHeaders: Headers,
    files: Schema.Array(Schema.Struct({ name: Schema.String, uploadUrl: Schema.NullOr(Schema.String) }))
  })
})

export const createArtifact = `mutation CreateArtifact($input: CreateArtifactInput!) {
  createArtifact(input: $input) { artifact { id state artifactSequence { latestArtifact { id } } } }
}`

export const CreateArtifact = Schema.Struct({
  createArtifact: Schema.Struct({
    artifact: Schema.Struct({
      id: Schema.String,
      state: Schema.String,
      artifactSequence: Schema.Struct({ latestArtifact: Schema.NullOr(Schema.Struct({ id: Schema.String })) })
    })
  })
})

export const createArtifactManifest = `mutation CreateArtifactManifest($artifactID: ID!, $baseArtifactID: ID,
  $name: String!, $digest: String!, $entityName: String!, $projectName: String!, $runName: String!,
  $manifestType: ArtifactManifestType!, $includeUpload: Boolean!) {
  createArtifactManifest(input: {artifactID: $artifactID, baseArtifactID: $baseArtifactID, name: $name,
    digest: $digest, entityName: $entityName, projectName: $projectName, runName: $runName, type: $manifestType}) {
    artifactManifest {
      id
      file { id uploadUrl @include(if: $includeUpload) uploadHeaders @include(if: $includeUpload) }
    }
  }
}`

export const CreateArtifactManifest = Schema.Struct({
  createArtifactManifest: Schema.Struct({
    artifactManifest: Schema.Struct({
      id: Schema.String,
      file: Schema.Struct({
        uploadUrl: Schema.optionalKey(Schema.NullOr(Schema.String)),
        uploadHeaders: Schema.optionalKey(Headers)
      })
    })
  })
})

export const createArtifactFiles = `mutation CreateArtifactFiles($input: CreateArtifactFilesInput!) {
  createArtifactFiles(input: $input) {
    files { edges { node { storagePath uploadUrl uploadHeaders artifact { id } } } }
  }
}`

export const CreateArtifactFiles = Schema.Struct({
  createArtifactFiles: Schema.Struct({
    files: Schema.Struct({
      edges: Schema.Array(
        Schema.Struct({
          node: Schema.Struct({ uploadUrl: Schema.NullOr(Schema.String), uploadHeaders: Headers })
        })
      )
    })
  })
})

export const commitArtifact = `mutation CommitArtifact($artifactID: ID!) {
  commitArtifact(input: {artifactID: $artifactID}) { artifact { id digest } }
}`

export const CommitArtifact = Schema.Struct({
  commitArtifact: Schema.Struct({ artifact: Schema.Struct({ id: Schema.String }) })
})

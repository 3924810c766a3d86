// The identity that GitHub Actions releases code as: no secret, and no right but to deploy the app and upload its packages.

param token string
param location string
param tags object

@description('owner/name')
param repository string

@description('The GitHub environment; a job that does not run in it cannot sign in.')
param githubEnvironment string

param storageName string
param packageContainer string

@description('The function apps that it deploys.')
param appNames array

var websiteContributor = 'de139f84-1756-47ae-9be6-808fbbe84772'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-release-${token}'
  location: location
  tags: tags
}

resource github 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: identity
  name: 'github'
  properties: {
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:${repository}:environment:${githubEnvironment}'
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}

resource apps 'Microsoft.Web/sites@2025-03-01' existing = [for name in appNames: {
  name: name
}]

resource onApps 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, index) in appNames: {
  name: guid(resourceGroup().id, name, identity.id, websiteContributor)
  scope: apps[index]
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', websiteContributor)
  }
}]

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource packages 'containers' existing = {
      name: packageContainer
    }
  }
}

resource onPackages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::blobs::packages.id, identity.id, blobDataContributor)
  scope: storage::blobs::packages
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

output clientId string = identity.properties.clientId
